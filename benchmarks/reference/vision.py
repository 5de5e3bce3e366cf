"""Value and gradients of the reprojection error, by hand: through distortion, projection, Rodrigues' formula."""

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


REPROJECTION_VERSIONS = {"by hand": reprojection}
