"""Value and gradients by hand: the reprojection error by Rodrigues' formula, and a chain of rotations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


def reprojection(cameras: Array, points: Array, camera_of: Indices, point_of: Indices, observed: Array
                 ) -> tuple[np.float64, tuple[Array, Array]]:
    c = cameras[camera_of]
    x = points[point_of]
    angle = np.sqrt(np.sum(c[:, :3] * c[:, :3], axis=1, keepdims=True))
    axis = c[:, :3] / angle
    cos, sin = np.cos(angle), np.sin(angle)
    along = np.sum(axis * x, axis=1, keepdims=True)
    turned = np.cross(axis, x)
    seen = x * cos + turned * sin + axis * (along * (1.0 - cos)) + c[:, 3:6]
    flat = seen[:, :2] / seen[:, 2:3]
    r2 = np.sum(flat * flat, axis=1, keepdims=True)
    bend = 1.0 + c[:, 7:8] * r2 + c[:, 8:9] * r2 * r2
    focal = c[:, 6:7]
    miss = focal * (flat * bend) - observed
    value = 0.5 * np.sum(miss**2)

    d_c = np.empty_like(c)
    d_bent = miss * focal
    np.sum(miss * flat * bend, axis=1, out=d_c[:, 6])
    d_bend = np.sum(d_bent * flat, axis=1, keepdims=True)
    d_c[:, 7:8] = d_bend * r2
    d_c[:, 8:9] = d_bend * r2 * r2
    d_flat = d_bent * bend + 2.0 * d_bend * (c[:, 7:8] + 2.0 * c[:, 8:9] * r2) * flat
    d_seen = np.empty_like(seen)
    np.divide(d_flat, seen[:, 2:3], out=d_seen[:, :2])
    d_seen[:, 2] = -np.sum(d_seen[:, :2] * flat, axis=1)
    d_c[:, 3:6] = d_seen
    on_axis = np.sum(d_seen * axis, axis=1, keepdims=True) * (1.0 - cos)
    d_x = d_seen * cos + np.cross(d_seen, axis) * sin + axis * on_axis
    d_axis = np.cross(x, d_seen) * sin + d_seen * (along * (1.0 - cos)) + x * on_axis
    d_angle = np.sum(d_seen * (turned * cos + (axis * along - x) * sin), axis=1, keepdims=True)
    d_angle -= np.sum(d_axis * axis, axis=1, keepdims=True) / angle
    d_c[:, :3] = d_axis / angle + d_angle * axis
    d_cameras, d_points = np.zeros_like(cameras), np.zeros_like(points)
    np.add.at(d_cameras, camera_of, d_c)
    np.add.at(d_points, point_of, d_x)
    return value, (d_cameras, d_points)


def rotations(angles: Array) -> tuple[Array, Array, Array]:
    """The rotation of each joint (j, 3, 3), and the cosines and sines of its angles."""
    cosines, sines = np.cos(angles), np.sin(angles)
    a, b, c = cosines.T
    s, t, u = sines.T
    made = np.empty((len(angles), 3, 3))
    made[:, 0, 0], made[:, 0, 1], made[:, 0, 2] = a * b, a * t * u - s * c, a * t * c + s * u
    made[:, 1, 0], made[:, 1, 1], made[:, 1, 2] = s * b, s * t * u + a * c, s * t * c - a * u
    made[:, 2, 0], made[:, 2, 1], made[:, 2, 2] = -t, b * u, b * c
    return made, cosines, sines


def chain(angles: Array, bones: Array, skin: Array, targets: Array) -> tuple[np.float64, tuple[Array, Array]]:
    """All rotations and their derivatives at once; only the products of frames go joint by joint."""
    joints = len(angles)
    turns, cosines, sines = rotations(angles)
    frames = np.empty((joints + 1, 3, 3))
    frames[0] = np.eye(3)
    for j in range(joints):
        np.matmul(frames[j], turns[j], out=frames[j + 1])
    own = frames[1:]
    positions = np.cumsum(np.matmul(own, bones[:, :, None])[:, :, 0], axis=0)
    miss = positions[:, None, :] + skin @ own.transpose(0, 2, 1) - targets
    value = np.sum(miss * miss)

    miss *= 2.0
    d_positions = np.cumsum(miss.sum(axis=1)[::-1], axis=0)[::-1]
    d_bones = np.matmul(d_positions[:, None, :], own)[:, 0, :]
    d_own = miss.transpose(0, 2, 1) @ skin + d_positions[:, :, None] * bones[:, None, :]
    for j in range(joints - 1, 0, -1):
        d_own[j - 1] += d_own[j] @ turns[j].T
    d = frames[:-1].transpose(0, 2, 1) @ d_own
    d_angles = np.empty_like(angles)
    d_angles[:, 0] = np.sum(d[:, 1] * turns[:, 0] - d[:, 0] * turns[:, 1], axis=1)
    up = cosines[:, :1] * d[:, 0] + sines[:, :1] * d[:, 1]
    below = cosines[:, 1] * d[:, 2, 0] + sines[:, 1] * (sines[:, 2] * d[:, 2, 1] + cosines[:, 2] * d[:, 2, 2])
    d_angles[:, 1] = np.sum(up * turns[:, 2], axis=1) - below
    d_angles[:, 2] = np.sum(d[:, :, 1] * turns[:, :, 2] - d[:, :, 2] * turns[:, :, 1], axis=1)
    return value, (d_angles, d_bones)


REPROJECTION_VERSIONS = {"by hand": reprojection}
CHAIN_VERSIONS = {"by hand": chain}
