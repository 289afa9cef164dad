//! Random call sequences that keep what a module promises.

/// A source of choices that a seed determines (SplitMix64: Steele, Lea, Flood, 2014).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; zero where the bound is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or_default()
    }

    /// One of the choices.
    ///
    /// # Panics
    /// Where there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.below(choices.len() as u64);
        choices.get(index as usize).expect("there are choices")
    }

    /// True in `numerator` of `denominator` cases.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }
}

/// Does something random `steps` times and checks after each step that the invariants hold.
///
/// # Panics
/// Where an invariant does not hold; the message before names the seed and the step that bring it
/// about again.
pub fn play<World>(
    seed: u64,
    steps: usize,
    world: &mut World,
    mut act: impl FnMut(&mut World, &mut Rng),
    mut check: impl FnMut(&mut World),
) {
    let mut rng = Rng::new(seed);
    for step in 0..steps {
        let trouble = Trouble { seed, step };
        act(world, &mut rng);
        check(world);
        std::mem::forget(trouble);
    }
}

/// Says where a sequence was when a panic passes by.
struct Trouble {
    seed: u64,
    step: usize,
}

#[expect(
    clippy::print_stdout,
    reason = "a test's output is shown where it fails, and only there"
)]
impl Drop for Trouble {
    fn drop(&mut self) {
        println!(
            "random calls: seed {} failed in step {}",
            self.seed, self.step
        );
    }
}
