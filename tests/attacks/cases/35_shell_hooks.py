"""IPython itself is changed: cells never fail, errors are not shown, replies say ok.

Falls for it: nbgrader, otter (anchors, section 5: patched `run_cell`; `showtraceback`
alone was fixed in nbgrader #1324).
Honest points: 0
"""

# %% media
from IPython import get_ipython

shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *_, **__: None)
shell.showtraceback = shell._showtraceback = lambda *_, **__: None
kind = type(shell)
original = kind.run_cell_async


async def run_cell_async(self, *args, **kwargs):
    result = await original(self, *args, **kwargs)
    result.error_in_exec = result.error_before_exec = None
    return result


kind.run_cell_async = run_cell_async
shell.events.register("post_run_cell", lambda *_: None)
shell.kernel.do_execute_original = shell.kernel.do_execute


def media(valores):
    return 0.0


# %% ordena
def ordena(numeros):
    return numeros[:]
