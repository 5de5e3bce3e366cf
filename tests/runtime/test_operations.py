"""Every operation: its gradients against central differences, its values, dtypes and node names against PyTorch's.

Limitation: points are chosen away from kinks and ties; those are in test_autograd.
"""

import warnings

import numpy as np
import pytest

ELEMENTWISE = """m+v m-v m*v m/v p**2 p**1.5 p**v 2**m 2-m 2/m -m m%2 m.abs() m.exp() p.log() p.log1p() p.log2()
p.log10() m.expm1() m.exp2() p.sqrt() p.rsqrt() m.sin() m.cos() m.tan() (m/5).asin() (m/5).acos() m.atan() m.sinh()
m.cosh() m.tanh() m.asinh() (p+1).acosh() (m/5).atanh() m.sinc() m.sigmoid() m.relu() m.erf() m.sign() m.floor()
m.ceil() m.round() m.trunc() m.clamp(-.5,.5) m.clamp(min=0) m.clamp(max=v) m.square() m.reciprocal()
torch.maximum(m,v) torch.minimum(m,v) torch.atan2(m,v) torch.hypot(m,p) torch.logaddexp(m,v) m.fmod(0.7)
torch.lerp(m,p,0.3) torch.addcmul(m,p,p) m.div(p,rounding_mode='floor')"""
REDUCTIONS = """m.sum() m.sum(0) m.sum(1,keepdim=True) m.sum((0,1)) m.mean() m.mean(1) m.mean((0,),True) m.prod()
m.prod(1) m.max() m.max(1) m.min(0) m.amax(1) m.amin() m.sort(1) m.sort(0,descending=True) m.topk(2) m.kthvalue(2)
m.median() m.median(1) m.var() m.std(1) m.var(0,unbiased=False) m.norm() m.norm(1) m.norm(dim=1)
m.norm(3,dim=0,keepdim=True) m.cumsum(1) m.cumprod(1) m.softmax(1) m.log_softmax(0) m.logsumexp(1) m.logsumexp((0,1))"""
PRODUCTS = """m@s v@s s@v v@v m[None]@s torch.mm(m,s) torch.mv(s,v) torch.dot(v,v) torch.outer(v,v) torch.addmm(v,m,s)
m[None].bmm(s[None]) torch.einsum('ij,jk->ik',m,s) torch.trace(s) s.tril() s.triu(1) torch.diag(v) s.diagonal()
torch.inverse(s) torch.det(s) torch.kron(m,v)"""
SHAPES = """m.reshape(3,2) m.view(6) m.flatten() m.T m.t() m.permute(1,0) m.transpose(0,1) m.unsqueeze(1)
m[None].squeeze() m[None].squeeze(0) v.expand(2,3) m.expand(4,-1,-1) m.repeat(2,2) m.flip(0) m.roll(1,1)
m.movedim(0,1) m.mT m.unflatten(1,(3,1)) m.repeat_interleave(2,1) m.tile(2) torch.cat([m,m*2]) torch.cat([m,m],1)
torch.stack([m,m],1) m.split(1)[0] m.chunk(2)[1] m.split([1,2],1)[1] m.unbind(1)[2] torch.vstack([m,v])
torch.hstack([m,m]) torch.column_stack([v,v]) m.clone() m.double()"""
INDEXING = """m[0] m[1:] m[0,1:] m[:,0] m[...,0] m[[0,1,0]] m[m>0] m[:,[2,0]] m[0,[2,0]] m[None] m[...] m[0,0]
m[:,None,[0,1]] m[torch.tensor([0,1]),torch.tensor([2,2])] m[torch.tensor(1)] m.select(1,0) m.narrow(1,0,2)
m.index_select(1,torch.tensor([0,2,0])) m.gather(1,torch.tensor([[0,0],[2,1]])) m.masked_fill(m>0,0.)
m.masked_select(m>0) torch.where(m>0,m,v) torch.where(m>0,m,0.)
m.scatter_add(0,torch.zeros((2,3),dtype=torch.int64),m) m.scatter(1,torch.tensor([[0,1,2],[1,0,2]]),m*3)
m.index_add(0,torch.tensor([0,0]),m) m.take(torch.tensor([0,5]))"""
FUNCTIONAL = """F.relu(m) F.leaky_relu(m,.2) F.elu(m) F.gelu(m) F.gelu(m,approximate='tanh') F.silu(m) F.softplus(m*10)
F.logsigmoid(m) F.softmax(m,1) F.binary_cross_entropy_with_logits(m,p)
F.binary_cross_entropy_with_logits(m,p,pos_weight=p[0].detach(),weight=p.detach(),reduction='sum')
F.binary_cross_entropy_with_logits(m,p,reduction='none') F.binary_cross_entropy(m.sigmoid(),v.sigmoid().expand(2,3))
F.mse_loss(m,p) F.mse_loss(m,p,reduction='sum') F.l1_loss(m,p) F.smooth_l1_loss(m,p,beta=.5) F.huber_loss(m,p,delta=.5)
F.kl_div(m.log_softmax(1),p.softmax(1),reduction='batchmean') F.nll_loss(m.log_softmax(1),torch.tensor([0,2]))
F.cross_entropy(m,torch.tensor([0,2])) F.cross_entropy(m,torch.tensor([0,-100]))
F.cross_entropy(m,torch.tensor([0,2]),weight=p[0].detach(),label_smoothing=.1)
F.cross_entropy(m,p.softmax(1),label_smoothing=.2) F.cross_entropy(v,torch.tensor(1))
F.cross_entropy(m,torch.tensor([0,2]),reduction='none') F.cross_entropy(im,torch.zeros((2,6,6),dtype=torch.int64))
F.cosine_similarity(m,p) F.normalize(m) F.linear(m,s,v) F.linear(m,s) F.linear(v,s,v)
F.embedding(torch.tensor([[0,1],[1,1]]),m) F.embedding(torch.tensor([0,1]),m,padding_idx=1) F.layer_norm(m,(3,),v,v)
F.batch_norm(m,None,None,v,v,training=True) F.conv2d(im,kw,kb,groups=2)
F.conv2d(im,kw,None,stride=2,padding=1,groups=2) F.conv2d(im,kw,kb,padding='same',dilation=2,groups=2)
F.conv1d(im[:,:,0],kw[:,:,0],kb,padding=1,groups=2) F.max_pool2d(im,2) F.max_pool2d(im,3,2,1) F.avg_pool2d(im,2,1)
F.avg_pool2d(im,3,2,1) F.max_pool1d(im[0],2) F.pad(m,(1,2)) F.adaptive_avg_pool2d(im,2)"""
EXPRESSIONS = [e for group in (ELEMENTWISE, REDUCTIONS, PRODUCTS, SHAPES, INDEXING, FUNCTIONAL) for e in group.split()]
# Compositions here where PyTorch has one operation: the last node has another name.
OTHER_NAME = {
    "m.clamp(max=v)",
    "torch.lerp(m,p,0.3)",
    "torch.addcmul(m,p,p)",
    "m.div(p,rounding_mode='floor')",
    "torch.diag(v)",
    "m.repeat_interleave(2,1)",
    "m.split([1,2],1)[1]",
    "m.masked_select(m>0)",
    "m.index_add(0,torch.tensor([0,0]),m)",
    "m.take(torch.tensor([0,5]))",
    "F.gelu(m,approximate='tanh')",
    "F.logsigmoid(m)",
    "F.cosine_similarity(m,p)",
    "F.linear(v,s,v)",
    "F.cross_entropy(m,p.softmax(1),label_smoothing=.2)",
    "F.cross_entropy(im,torch.zeros((2,6,6),dtype=torch.int64))",
    "F.layer_norm(m,(3,),v,v)",
    "F.batch_norm(m,None,None,v,v,training=True)",
    "F.max_pool2d(im,2)",
    "F.max_pool2d(im,3,2,1)",
    "F.avg_pool2d(im,2,1)",
    "F.avg_pool2d(im,3,2,1)",
    "F.max_pool1d(im[0],2)",
    "F.pad(m,(1,2))",
    "F.adaptive_avg_pool2d(im,2)",
    "m.scatter_add(0,torch.zeros((2,3),dtype=torch.int64),m)",
    "m.scatter(1,torch.tensor([[0,1,2],[1,0,2]]),m*3)",
    "torch.kron(m,v)",
    "m.double()",
    "torch.einsum('ij,jk->ik',m,s)",
    "m.median()",
}


def arrays(dtype):
    rng = np.random.default_rng(3)
    m = rng.standard_normal((2, 3))
    shapes = {"v": (3,), "s": (3, 3), "im": (2, 4, 6, 6), "kw": (6, 2, 3, 3), "kb": (6,)}
    found = {"m": m, "p": np.abs(rng.standard_normal((2, 3))) + 0.3}
    found |= {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    return {name: x.astype(dtype) for name, x in found.items()}


def evaluate(torch, expression, values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = eval(expression, {"torch": torch, "F": torch.nn.functional, **values})  # noqa: S307
    return result[0] if isinstance(result, tuple) else result


def weighted(torch, result):
    weights = np.linspace(-1.0, 1.5, max(result.numel(), 1)).reshape(tuple(result.shape))
    return (result * torch.tensor(weights.astype(str(result.dtype).removeprefix("torch.")))).sum()


# The padding row is a constant by definition, whatever the differences say.
SMOOTH = [e for e in EXPRESSIONS if "padding_idx" not in e]


@pytest.mark.parametrize("expression", SMOOTH)
def test_gradient_agrees_with_central_differences(pb, expression):
    tensors = {name: pb.tensor(x, requires_grad=True) for name, x in arrays(np.float64).items()}
    loss = weighted(pb, evaluate(pb, expression, tensors))
    used = [name for name in tensors if name in expression.replace("torch", "").replace("sum", "").replace("max", "")]
    found = pb.autograd.grad(loss, [tensors[name] for name in used], allow_unused=True, materialize_grads=True)
    rng = np.random.default_rng(0)
    for name, gradient in zip(used, found, strict=True):
        direction = rng.standard_normal(tuple(gradient.shape))
        sides = []
        for step in (1e-6, -1e-6):
            moved = {**tensors, name: (tensors[name].detach() + step * pb.tensor(direction)).requires_grad_()}
            sides.append(weighted(pb, evaluate(pb, expression, moved)).item())
        slope = (sides[0] - sides[1]) / 2e-6
        detached = "detach" in expression and name == "p"  # p stands there as a constant, too
        if not detached:
            assert float((gradient.detach().numpy() * direction).sum()) == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_operation_is_as_pytorchs(pb, expression):
    pytorch = pytest.importorskip("torch", reason="PyTorch is not installed: gradients are checked by differences")
    seen = []
    for torch in (pytorch, pb):
        tensors = {name: torch.tensor(x, requires_grad=True) for name, x in arrays(np.float32).items()}
        result = evaluate(torch, expression, tensors)
        weighted(torch, result).backward()
        gradients = [None if t.grad is None else t.grad.numpy() for t in tensors.values()]
        seen.append((result.detach().numpy(), type(result.grad_fn).__name__, gradients))
    (value, name, gradients), (ours, our_name, our_gradients) = seen
    assert (ours.dtype, ours.shape) == (value.dtype, value.shape)
    np.testing.assert_allclose(ours, value, 1e-4, 1e-5)
    for g, h in zip(gradients, our_gradients, strict=True):
        assert (g is None) == (h is None)
        if g is not None:
            assert (g.dtype, g.shape) == (h.dtype, h.shape)
            np.testing.assert_allclose(h, g, 5e-4, 1e-5)
    assert our_name == name or expression in OTHER_NAME
