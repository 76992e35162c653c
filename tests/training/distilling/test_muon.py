"""Muon for matrices, Adam for the rest."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from earmark.training.distilling.muon import MuonAdam, orthogonalised


@pytest.mark.parametrize("shape", [(12, 40), (40, 12), (16, 16), (1, 5)])
def test_orthogonalised_keeps_directions_and_evens_out_strengths(shape: tuple[int, int]) -> None:
    rng = torch.Generator().manual_seed(5)
    left, _ = torch.linalg.qr(torch.randn(shape[0], min(shape), generator=rng))
    right, _ = torch.linalg.qr(torch.randn(shape[1], min(shape), generator=rng))
    strengths = torch.linspace(1, 20, min(shape))
    found = orthogonalised(left * strengths @ right.T)
    assert found.shape == shape
    evened = left.T @ found @ right  # diagonal, if the singular vectors are the same
    torch.testing.assert_close(evened, evened.diag().diag(), atol=1e-4, rtol=0)
    assert evened.diag().min() > 0.6
    assert evened.diag().max() < 1.3


def test_the_size_of_a_matrix_does_not_matter() -> None:
    matrix = torch.randn(6, 9, generator=torch.Generator().manual_seed(1))
    found = orthogonalised(matrix * 1e-3)
    torch.testing.assert_close(found, orthogonalised(matrix * 1e3), atol=1e-2, rtol=1e-2)


def test_nothing_stays_nothing() -> None:
    assert orthogonalised(torch.zeros(4, 7)).abs().max() == 0


def problem() -> tuple[nn.Sequential, Tensor, Tensor]:
    """A small network with a convolution, and something for it to learn."""
    torch.manual_seed(2)
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)
    )
    inputs = torch.randn(32, 1, 6, 6)
    return network, inputs, torch.stack([inputs.mean((1, 2, 3)), inputs[:, 0, 2, 2]] * 2, 1)[:, :3]


def optimiser(network: nn.Sequential, lr: float = 0.02) -> MuonAdam:
    body = [*network[0].parameters(), *network[1].parameters()]
    return MuonAdam(body, heads=network[4].parameters(), lr=lr, weight_decay=0.01)


def fit(network: nn.Module, moves: MuonAdam, inputs: Tensor, wanted: Tensor, steps: int) -> float:
    loss = torch.zeros(())
    for _ in range(steps):
        moves.zero_grad()
        loss = (network(inputs) - wanted).square().mean()
        loss.backward()
        moves.step()
    return float(loss.detach())


def test_it_learns() -> None:
    network, inputs, wanted = problem()
    moves = optimiser(network)
    start = fit(network, moves, inputs, wanted, 1)
    assert fit(network, moves, inputs, wanted, 60) < start / 10


def test_matrices_and_vectors_are_moved_as_they_should() -> None:
    network, inputs, wanted = problem()
    before = copy.deepcopy(network.state_dict())
    fit(network, optimiser(network), inputs, wanted, 1)
    after = network.state_dict()
    # Muon's first move of [6, 9] is orthogonal, scaled to 0.2 * sqrt(9), beside a little decay.
    move = (before["0.weight"] * (1 - 0.02 * 0.01) - after["0.weight"]).flatten(1) / (0.02 * 0.6)
    strengths = torch.linalg.svdvals(move)
    assert strengths.min() > 0.6
    assert strengths.max() < 1.3
    # Adam's first move is by the whole rate, a third of Muon's, whatever the gradient.
    for name in ("1.weight", "4.weight", "4.bias"):
        move = (before[name] - after[name]).abs()
        torch.testing.assert_close(move, torch.full_like(move, 0.02 / 3), atol=2e-4, rtol=0)


def test_momentum_by_hand() -> None:
    rng = torch.Generator().manual_seed(3)
    matrix, vector = (nn.Parameter(torch.zeros(shape)) for shape in ((4, 9), (5,)))
    moves = MuonAdam([matrix, vector], heads=[], lr=0.3, weight_decay=0)
    slow, first, second = torch.zeros(4, 9), torch.zeros(5), torch.zeros(5)
    wanted, wanted_vector = torch.zeros(4, 9), torch.zeros(5)
    for step in (1, 2, 3):
        matrix.grad, vector.grad = torch.randn(4, 9, generator=rng), torch.randn(5, generator=rng)
        moves.step()
        slow = 0.95 * slow + 0.05 * matrix.grad
        wanted -= 0.3 * 0.2 * 3 * orthogonalised(0.95 * slow + 0.05 * matrix.grad)
        first = 0.9 * first + 0.1 * vector.grad
        second = 0.99 * second + 0.01 * vector.grad**2
        size = (second / (1 - 0.99**step)).sqrt()
        wanted_vector -= 0.1 * first / (1 - 0.9**step) / size
    torch.testing.assert_close(matrix.detach(), wanted, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(vector.detach(), wanted_vector, atol=1e-5, rtol=1e-4)


def test_it_goes_on_from_its_state_as_if_nothing_had_happened() -> None:
    network, inputs, wanted = problem()
    moves = optimiser(network)
    fit(network, moves, inputs, wanted, 5)
    resumed, _, _ = problem()
    resumed.load_state_dict(network.state_dict())
    other = optimiser(resumed, lr=1.0)
    other.load_state_dict(copy.deepcopy(moves.state_dict()))
    fit(network, moves, inputs, wanted, 5)
    fit(resumed, other, inputs, wanted, 5)
    for name, value in network.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_one_schedule_drives_both() -> None:
    network, _, _ = problem()
    moves = optimiser(network, lr=0.3)
    schedule = torch.optim.lr_scheduler.LambdaLR(moves, lambda step: 1 / (1 + step))
    moves.step()
    schedule.step()
    assert [group["lr"] for group in moves.param_groups] == pytest.approx([0.15, 0.05])


def test_what_has_no_gradient_stays() -> None:
    network, _, _ = problem()
    before = copy.deepcopy(network.state_dict())
    assert optimiser(network).step(lambda: 7) == 7
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
