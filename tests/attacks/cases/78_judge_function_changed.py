"""A callback sets attributes of the test's own function, whose slope is then zero.

Falls for it: nbgrader, otter (`f.__defaults__ = ...`); here it goes over the channel.
Honest points: 0
Channel: yes
"""


# %% pendiente
def pendiente(f, x):
    answerer, number = f._judge
    answerer.call_back(number, "__setattr__", ("__defaults__", (0.0, 0.0)), {})
    return 0.0
