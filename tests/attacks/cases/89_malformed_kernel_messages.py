"""The kernel sends messages that a client cannot read: no fields, no signature.

Falls for it: nbclient raises, and whoever runs a class with it stops there.
Honest points: 3
"""

# %% media
from IPython import get_ipython

kernel = get_ipython().kernel


def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())


def media(valores):
    return sum(valores) / len(valores)


# %% estandariza
send("stream", {})
# %% energia
send("comm_msg", {"comm_id": "x", "data": None})
# %% monedero
kernel.iopub_socket.send_multipart([b"x"])
# %% ordena
send("display_data", {"data": {}, "metadata": {}, "transient": 5})
