"""Geometry: reprojection errors of bundle adjustment, and a chain of rotations as in hand tracking."""

from __future__ import annotations

import numpy as np

from ..problem import Bar, Program
from ..reference import vision as reference


def reprojection(cameras, points, camera_of, point_of, observed):
    """cameras (m, 9): rotation vector, translation, focal length, distortions; points (p, 3); observed (n, 2)."""
    c = cameras[camera_of]
    x = points[point_of]
    angle = np.sqrt(np.sum(c[:, :3] * c[:, :3], axis=1, keepdims=True))
    axis = c[:, :3] / angle
    along = np.sum(axis * x, axis=1, keepdims=True)
    rotated = x * np.cos(angle) + np.cross(axis, x) * np.sin(angle) + axis * (along * (1.0 - np.cos(angle)))
    seen = rotated + c[:, 3:6]
    flat = seen[:, :2] / seen[:, 2:3]
    r2 = np.sum(flat * flat, axis=1, keepdims=True)
    predicted = c[:, 6:7] * (flat * (1.0 + c[:, 7:8] * r2 + c[:, 8:9] * r2 * r2))
    return 0.5 * np.sum((predicted - observed) ** 2)


def rotation(angles):
    """The rotation by three Euler angles, about z, y and x."""
    a, b, c = np.cos(angles[0]), np.cos(angles[1]), np.cos(angles[2])
    s, t, u = np.sin(angles[0]), np.sin(angles[1]), np.sin(angles[2])
    return np.stack((np.stack((a * b, a * t * u - s * c, a * t * c + s * u)),
                     np.stack((s * b, s * t * u + a * c, s * t * c - a * u)),
                     np.stack((-t, b * u, b * c))))


def chain(angles, bones, skin, targets):
    """angles (j, 3), bones (j, 3), skin (j, m, 3): points on each bone; targets (j, m, 3): where they are seen."""
    frame = np.eye(3)
    position = np.zeros(3)
    error = 0.0
    for j in range(angles.shape[0]):
        frame = frame @ rotation(angles[j])
        position = position + frame @ bones[j]
        error = error + np.sum((position + skin[j] @ frame.T - targets[j]) ** 2)
    return error


def problems() -> list[Program]:
    rng = np.random.default_rng(4)
    m, p, n = 12, 300, 2000
    cameras = np.concatenate((0.3 * rng.standard_normal((m, 3)),
                              np.array([0.0, 0.0, 8.0]) + rng.standard_normal((m, 3)), np.ones((m, 1)) * 500.0,
                              0.01 * rng.standard_normal((m, 2))), axis=1)
    sights = (cameras, rng.standard_normal((p, 3)), rng.integers(0, m, n), rng.integers(0, p, n),
              rng.standard_normal((n, 2)))
    joints, vertices = 20, 30
    hand = (0.3 * rng.standard_normal((joints, 3)), rng.standard_normal((joints, 3)),
            rng.standard_normal((joints, vertices, 3)), rng.standard_normal((joints, vertices, 3)))
    return [
        Program("bundle adjustment", reprojection, sights, ("cameras", "points"), reference.REPROJECTION_VERSIONS,
                bar=Bar(1.05)),
        Program("chain of rotations", chain, hand, ("angles", "bones"), reference.CHAIN_VERSIONS),
    ]
