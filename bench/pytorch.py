"""Measures one row with PyTorch: pytorch.py ROW plain|tuned THREADS."""
import json
import os
import resource
import statistics
import sys
import time

import torch
from torch import nn

row, mode, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
tuned = mode == "tuned"
budget = float(os.environ.get("BENCH_BUDGET", 3000)) / 1000
torch.set_num_threads(threads)
if tuned:
    torch.set_flush_denormal(True)


def report(row, value, unit):
    print(json.dumps({"row": row, "value": value, "unit": unit}), flush=True)


def convolution(channels, filters, padding=0, size=3):
    return nn.Conv2d(channels, filters, size, padding=padding)


def networks():
    return {
        "W1": ((64, 1, 28, 28), "adam", nn.Sequential(
            convolution(1, 32), nn.ReLU(), convolution(32, 32), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
            nn.Linear(4608, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))),
        "W1b": ((64, 1, 28, 28), "adam", nn.Sequential(
            convolution(1, 32, 1), nn.ReLU(), convolution(32, 32, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
            convolution(32, 64, 1), nn.ReLU(), convolution(64, 64, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
            nn.Flatten(), nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 10))),
        "W2": ((128, 784), "adam", nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))),
        "W3": ((64, 1, 28, 28), "sgd", nn.Sequential(
            convolution(1, 6, 2, 5), nn.ReLU(), nn.MaxPool2d(2), convolution(6, 16, 0, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))),
    }


def time_steps(step, seconds=budget):
    for _ in range(2):
        step()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def train(row):
    shape, kind, model = networks()[row]
    inputs = torch.randn(*shape)
    targets = torch.arange(shape[0]) % 10
    if tuned and len(shape) == 4:
        model = model.to(memory_format=torch.channels_last)
        inputs = inputs.to(memory_format=torch.channels_last)
    options = {"foreach": True} if tuned else {}
    if kind == "adam":
        optimizer = torch.optim.Adam(model.parameters(), **options)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, **options)

    def step():
        optimizer.zero_grad(set_to_none=tuned)
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()

    report(row, time_steps(step), "ms")
    report(f"{row} memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


def small_gradient(row):
    x = torch.randn(8)
    w = torch.randn(8, requires_grad=True)
    b = torch.randn(8, requires_grad=True)

    def step():
        for _ in range(100):
            w.grad = b.grad = None
            ((x * w + b).tanh() ** 2).sum().backward()

    report(row, time_steps(step) * 10, "us")


def rates():
    for size in (256, 512, 1024):
        a, b = torch.randn(size, size), torch.randn(size, size)
        report(f"GEMM {size}", 2 * size**3 / time_steps(lambda: a @ b, min(0.5, budget)) / 1e6, "GFLOP/s")


if row == "W6":
    small_gradient(row)
elif row == "GEMM":
    rates()
else:
    train(row)
