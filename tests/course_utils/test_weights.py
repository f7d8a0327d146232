import hashlib

import numpy as np
import pytest
import torch

from course_utils.weights import fingerprint, tensor_bytes


def state():
    return {"w": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(3)}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "complex64"])
def test_tensor_bytes_of_a_transposed_tensor_agree_with_numpy(dtype):
    values = np.random.default_rng(0).integers(0, 2, (3, 4)).astype(dtype)
    assert tensor_bytes(torch.from_numpy(values).T) == values.T.tobytes()


def test_tensor_bytes_conjugate_view_is_resolved():
    z = torch.tensor([1 + 2j])
    assert tensor_bytes(z.conj()) == np.conj(z.numpy()).tobytes()
    assert tensor_bytes(z.conj().imag) == np.float32(-2).tobytes()


def test_tensor_bytes_one_element_of_a_strided_slice_is_read():
    assert tensor_bytes(torch.arange(4.0)[1::3]) == np.float32(1).tobytes()
    assert tensor_bytes(torch.arange(4.0)[::2]) == np.float32([0, 2]).tobytes()


def test_fingerprint_of_a_known_state_is_the_documented_sha256():
    expected = hashlib.sha256()
    expected.update(b"('n', 'torch.int64', ())" + np.int64(3).tobytes())
    expected.update(b"('w', 'torch.float32', (2, 3))")
    expected.update(np.arange(6, dtype=np.float32).tobytes())
    assert fingerprint(state()) == expected.hexdigest()


def test_fingerprint_same_bits_in_another_order_is_equal():
    again = {"n": torch.tensor(3), "w": torch.arange(6.0).reshape(2, 3)}
    again["w"].requires_grad_()
    assert fingerprint(again) == fingerprint(state())


@pytest.mark.parametrize(
    "changed",
    [
        {"w": torch.arange(6.0).reshape(3, 2)},
        {"w": torch.arange(6.0).reshape(2, 3).double()},
        {"w": torch.arange(6.0).reshape(2, 3) + torch.eye(2, 3) * 1e-6},
        {"w": torch.arange(6.0).reshape(2, 3) * torch.tensor([-1.0, 1, 1])},
        {"v": torch.arange(6.0).reshape(2, 3)},
        {"w": torch.arange(6.0).reshape(2, 3).view(torch.int32)},
    ],
)
def test_fingerprint_one_change_is_another(changed):
    assert fingerprint({"n": torch.tensor(3)} | changed) != fingerprint(state())
