"""What a test suite needs: inputs worth trying, assertions about GAN code, and an oracle.

`strategies` draws densities, pairs of them, discrete distributions and logits for Hypothesis, and
`survives(text, property, strategy)` makes a search a claim of a page. `assert_gradient`,
`assert_gradient_penalty`, `assert_training_step` and `assert_divergence` look at other people's code;
`identify_game` says which game two losses play, and whether they play it as theory says;
`assert_game` asserts it.

What is here is imported when it is first asked for: a page that searches waits for Hypothesis alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
