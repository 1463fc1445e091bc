"""What the words of the output mean: verdicts, sections, and the keys of evidence."""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    # --- verdicts
    "proved": "SymPy reduced the statement for all values of its symbols at which both sides are defined, "
    "and numbers computed without SymPy agree at every witness. It is no formal proof: it trusts SymPy's "
    "simplification where the numbers agree.",
    "decided": "As a verdict: an algorithm that decides such statements says yes, for all real values of the "
    "symbols. In the evidence of a search: how many examples came out true or false, and were not left open.",
    "enclosed": "Ball arithmetic encloses both sides, and the balls leave no other answer. This is rigorous "
    "to the last digit shown, given python-flint.",
    "holds": "Two numbers differ by no more than their error bars, and these are as narrow as the tolerance "
    "asks; or a statistic lies in its interval. The error bars are estimates, not proofs.",
    "supported": "The numbers agree, but one was typed by hand, or comes from a function whose structure "
    "nobody declared. It never counts as verified, unless you pass --allow supported.",
    "survived": "A search tried at least 100 different examples, and the claim was true of every one. That "
    "is no proof: it is as good as the examples are varied.",
    "failed": "The statement is false, and the evidence shows the numbers that contradict it. In a summary, "
    "claims that failed are those whose verdict is not one that their section requires.",
    "refuted": "A false variant of the theorem failed, as it has to. A page that does not catch such "
    "mistakes would not catch them in its own claims.",
    "undecided": "The evidence allows the statement and its opposite, or nothing was compared. The reason "
    "says what would decide it.",
    "error": "There is no evidence: the section crashed, took too long, warned, or compared what cannot be "
    "compared. The reason says which.",
    "todo": "This part of the page is still to be written. It counts as not verified.",
    "verified": "All sections of the page ran, every claim is as required, and so is every page that it "
    "uses. A run is verified if all its pages are.",
    "as required": "The verdict of a claim is one that its section requires: derive, certify, check and "
    "simulate ask for proved, decided, enclosed or holds, search for survived, refute for refuted. "
    "Everything else makes the page not verified.",
    # --- sections
    "derive": "The section in which SymPy carries out the derivation. Its claims have to be proved, or "
    "confirmed by numbers.",
    "certify": "The section that computes both sides as balls. Its claims are rigorous for the cases named.",
    "check": "The section that compares numbers with error bars. Two numbers count as equal only if they "
    "were computed by different routes.",
    "search": "The section that looks for counterexamples by drawing examples with Hypothesis. Its claims "
    "have to survive.",
    "simulate": "The section that runs an experiment and compares its statistics with the theory. Its "
    "intervals miss the truth once in a million times.",
    "refute": "The section with false variants of the theorem, mistakes that people make. Each has to fail.",
    "page": "A fault of the page itself, as one that does not load or has no refute. It is always an error.",
    # --- statements
    "relation": "What is claimed between the two sides: =, <=, >=, contains, increasing, tends to, or ~ for "
    "a rate. The formula shows it.",
    "formula": "What was checked, written from the arguments of the statement, and not by the author. A "
    "claim's text is only its name.",
    "range": "For which values of its symbols a symbolic statement is claimed: the assumptions of the "
    "symbols, or the interval given by `where`. Outside of it nothing is claimed.",
    "lhs": "The left side of the statement. A number is shown with its error bar and the call that made it.",
    "rhs": "The right side of the statement. A number is shown with its error bar and the call that made it.",
    "call": "The call that made a number, in short, as JSD(N(0, 1), N(1, 2²)). Null if none is known.",
    "values": "The members of the sequence that is claimed to grow or to converge. Each has its error bar.",
    "limit": "What the sequence is claimed to tend to. It is computed by another route than the values.",
    "distances": "How far each member of the sequence is from the limit. They have to shrink and to end "
    "within the tolerance.",
    "errors": "The errors whose rate of decrease is claimed. None may be zero within its error bar.",
    "expected": "The exponent or the ratio that is claimed for the errors. It is compared with the slope "
    "between the last two steps.",
    "kind": "Of a number: exact, certified (balls), estimated or statistical (an interval). Of a rate: "
    "power or geometric.",
    # --- how the numbers compare
    "difference": "The left side minus the right side. For expressions, what SymPy reduced it to.",
    "gap": "How far apart two numbers are at most, error bars included. The tolerance says how far they may "
    "be.",
    "margin": "By how much an inequality holds. A margin above the error bars needs no second route.",
    "bound": "The sum of the error bars of both sides. Two numbers are equal only if they differ by no more.",
    "tolerance": "How wide the error bars may be for two numbers to count as equal. It excuses no difference "
    "that the bars exclude.",
    "value": "The number itself, of an Estimate. The true number lies within the error of it.",
    "error bar": "How wrong a number may be, as in 0.1114 ± 2e-14. It comes from the way in which the number "
    "was computed, and is never typed.",
    "mid": "The midpoint of a ball. The true number lies within the radius of it, rigorously.",
    "rad": "The radius of a ball. It is a proved bound, not an estimate.",
    "digits": "How many correct digits of a ball were requested. The radius says how many there are.",
    "route": "How a number was computed: by which integrator, from which integrand. Two numbers that share "
    "either confirm nothing about each other.",
    "routes": "For each side, the pairs of integrator and integrand that it rests on. Two sides that share "
    "either confirm nothing about each other.",
    "declared": "Whether all numbers come from functions and densities whose structure is known. If not, the "
    "claim is supported at most.",
    "members": "How many numbers a batch has. Every one of them has to confirm the claim.",
    "worst": "Which member of a batch, by its place, comes off worst. Its numbers are the ones shown.",
    "step": "Which two neighbours of a sequence come off worst. Their numbers are the ones shown.",
    "assumes": "What the interval of a statistic takes for granted. Only simulate accepts that.",
    # --- symbolic evidence
    "witness": "A rational point at which both sides were evaluated numerically, without trusting SymPy. "
    "A claim is proved only if every witness agrees.",
    "witnesses": "Rational points at which both sides were evaluated numerically, without trusting SymPy. "
    "A claim is proved only if all of them agree.",
    "points": "At how many points an inequality was looked at, or how many members a sequence has. They can "
    "refute a claim; they do not prove it.",
    "steps": "Which transformations of SymPy showed that the difference is 0, or not negative. They are the "
    "names of SymPy's functions, such as together, cancel, doit or simplify.",
    "counterexample": "The numbers that contradict the claim: the values of its symbols, its two sides, or "
    "the example that a search found. In refute it is what catches the mistake.",
    # --- searches
    "examples": "How many different examples a search tried. At least 100 are needed.",
    "repeated": "How often a search drew an example that it had tried already. Those are not counted again.",
    "rejected": "How many examples the property refused to judge, by `hypothesis.assume`. Those are not "
    "counted.",
    "seed": "What the search was seeded with. The same seed draws the same examples.",
    "such as": "The first example that was tried, and what was claimed of it. It shows what the search "
    "compares.",
    "example": "One input that a search drew. Densities are written as the calls that make them.",
    "claim": "A checkable statement of a page, with a verdict and its evidence. Here: the one that was made "
    "of an example.",
    "evidence": "What a verdict rests on: numbers, witnesses, counts. -v shows it, -vv and --json all of it.",
    # --- what went wrong
    "reason": "Why a claim is undecided, supported or an error, and what would decide it.",
    "warning": "A warning that was raised while the evidence was made. It makes the claim an error.",
    "type": "The type of the exception that a section raised. The message says more.",
    "message": "What the exception says that a section raised.",
    "line": "The line of the page at which it happened.",
    "stated": "The verdict that a claim made by hand states. It counts for nothing: yield what equal(...) "
    "and the like return.",
    "by hand": "Whether a counterexample was written down and not computed. It is shown, and refutes nothing.",
    "at": "Where a function was looked at. The values of the symbols are given.",
}
"""Each word with what it means, in about two sentences; words of evidence without underscores."""

def meaning(word: str) -> str | None:
    """Return what a word of the output means, None if it is none."""
    name = " ".join(word.strip().lower().replace("_", " ").split())
    return MEANINGS.get(name) or MEANINGS.get(name.removesuffix("s"))
