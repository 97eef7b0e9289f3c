"""Decoding of pictures, against TensorFlow's decoders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from picture_files import pixels
from PIL import Image

from dropout_lab.datasets.pictures.decode import BrokenPictureError, decode

RGB = Image.fromarray(pixels("disc", 1, 21, 34))
RGBA = RGB.copy()
RGBA.putalpha(RGB.convert("L"))
DEEP = Image.fromarray(np.arange(0, 60_000, 50, dtype=np.uint16).reshape(30, 40))
FRAMES = {"save_all": True, "append_images": [Image.fromarray(pixels("bars", 2, 21, 34))]}


def saved(folder: Path, image: Any, kind: str, **options: Any) -> str:
    path = str(folder / "picture.jpg")  # the content says what it is
    image.save(path, kind, **options)
    return path


def decoded(path: str, channels: int) -> Any:
    return tf.io.decode_image(tf.io.read_file(path), channels=channels, expand_animations=False).numpy()


@pytest.mark.parametrize(
    ("image", "kind", "options"),
    [
        (RGB, "PNG", {}),
        (RGB, "BMP", {}),
        (RGB, "GIF", {}),
        (RGB, "GIF", FRAMES),
        (RGB.convert("L"), "PNG", {}),
        (RGB.convert("L"), "BMP", {}),
        (RGB.convert("1"), "PNG", {}),
        (RGB.convert("P"), "PNG", {}),
        (RGB.convert("P"), "PNG", {"transparency": 3}),
        (RGBA, "PNG", {}),
        (RGBA.convert("LA"), "PNG", {}),
        (DEEP, "PNG", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "mode", "animated" if value else "plain"),
)
def test_a_lossless_picture_has_the_bytes_that_tensorflow_gives(
    image: Any, kind: str, options: dict[str, Any], tmp_path: Path
) -> None:
    path = saved(tmp_path, image, kind, **options)
    np.testing.assert_array_equal(decode(path, 3), decoded(path, 3))
    if image.mode in ("L", "1", "LA", "I;16") and kind == "PNG":
        np.testing.assert_array_equal(decode(path, 1), decoded(path, 1))
    else:
        gray = RGB.convert("L") if image.mode == "RGBA" else Image.fromarray(decode(path, 3)).convert("L")
        np.testing.assert_array_equal(decode(path, 1)[..., 0], np.asarray(gray))


@pytest.mark.parametrize("options", [{"quality": 50}, {"quality": 95, "subsampling": 0}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_has_those_bytes_up_to_the_rounding_of_its_decoder(
    options: dict[str, Any], mode: str, tmp_path: Path
) -> None:
    path = saved(tmp_path, RGB.convert(mode), "JPEG", **options)
    for channels in (3, 1) if mode != "CMYK" else (3,):
        difference = np.abs(decode(path, channels).astype(int) - decoded(path, channels))
        assert difference.max() <= 9
        assert difference.mean() < 2
    assert decode(path, 1).shape == (21, 34, 1)


def test_a_turned_camera_is_left_out_as_by_tensorflow(tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    path = saved(tmp_path, RGB, "JPEG", exif=turned)
    assert decode(path, 3).shape == decoded(path, 3).shape == (21, 34, 3)


def broken(path: Path) -> str:
    with pytest.raises(BrokenPictureError) as caught:
        decode(str(path), 3)
    return str(caught.value)


def test_what_is_no_picture_is_said_to_be_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for content, expected in (
        (b"", "is empty"),
        (b"<html>not found</html>", "is a text, perhaps a page in place of a picture, not BMP, GIF, JPEG or PNG"),
        (b"\0\0\0\x1cftypheic", "is a HEIC or AVIF picture, not"),
        (b"nonsense", "is not a picture: BMP, GIF, JPEG or PNG"),
    ):
        path.write_bytes(content)
        assert broken(path).startswith(expected)
    RGB.save(path, "WEBP")
    assert broken(path).startswith("is a WebP picture")
    RGB.save(path, "TIFF")
    assert broken(path).startswith("is a TIFF picture")
    (tmp_path / "link.png").symlink_to("nowhere")
    assert broken(tmp_path / "link.png") == "is a link that leads nowhere"
    assert broken(tmp_path / "none.png") == "no such file"
    os.mkfifo(tmp_path / "pipe.png")
    assert broken(tmp_path / "pipe.png") == "is not a file"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_picture_that_is_cut_off_is_damaged(kind: str, tmp_path: Path) -> None:
    path = Path(saved(tmp_path, RGB, kind))
    content = path.read_bytes()
    for share in (0.05, 0.3, 0.9):
        path.write_bytes(content[: int(len(content) * share)])
        assert broken(path).startswith(("is damaged: ", "is not a picture"))
