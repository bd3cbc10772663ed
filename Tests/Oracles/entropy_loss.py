#!/usr/bin/env python3
"""The loss of the tokens of highest entropy by torch's automatic differentiation: entropy_loss.py > Tests/LearningTests/Fixtures/entropy_loss.json

Three responses with random logits; per response the ceil(share * n) tokens of highest entropy train, the denominator is the number of all tokens.
"""

import json
import math

import torch

LENGTHS, VOCABULARY = [9, 14, 1], 11
CLIP_LOW, CLIP_HIGH, DUAL_CLIP = 0.2, 0.3, 3.0


def case(share, seed):
    generator = torch.Generator().manual_seed(seed)
    responses, loss, leaves = [], torch.zeros((), dtype=torch.float64), []
    for length in LENGTHS:
        logits = torch.randn(length, VOCABULARY, generator=generator) * 2
        tokens = torch.randint(VOCABULARY, (length, 1), generator=generator)
        distribution = torch.distributions.Categorical(logits=logits)
        entropies = distribution.entropy()
        new = torch.log_softmax(logits, -1).gather(1, tokens).squeeze(1).double().requires_grad_()
        old = (new.detach() + 0.4 * torch.randn(length, generator=generator)).float()
        advantage = float(torch.randn((), generator=generator))
        ratio = torch.exp(new - old.double())
        plain, clipped = -advantage * ratio, -advantage * torch.clamp(ratio, 1 - CLIP_LOW, 1 + CLIP_HIGH)
        token_loss = torch.maximum(plain, clipped)
        if advantage < 0:
            token_loss = torch.minimum(token_loss, torch.tensor(-advantage * DUAL_CLIP, dtype=torch.float64))
        trained = torch.zeros(length, dtype=torch.bool)
        trained[torch.topk(entropies, math.ceil(share * length)).indices] = True
        loss = loss + token_loss[trained].sum() / sum(LENGTHS)
        leaves.append(new)
        responses.append({
            "entropies": entropies.tolist(), "log_probs": new.detach().float().tolist(), "behaviour": old.tolist(), "advantage": advantage,
            "trained": trained.tolist(),
        })
    loss.backward()
    for response, leaf in zip(responses, leaves):
        response["gradients"] = leaf.grad.tolist()
    return {"share": share, "loss": loss.item(), "responses": responses}


print(json.dumps({"torch": torch.__version__, "cases": [case(0.2, 1), case(0.5, 2), case(0.05, 3)]}, indent=1))
