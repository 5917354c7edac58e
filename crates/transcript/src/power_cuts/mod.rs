//! A thousand times the power goes, at any point: whatever was answered is in the record, once, and the verifier is content.
//!
//! Nothing here runs by itself: the writer and the checkpoints are moved by hand, so that a seed always gives the same story.

mod forgetful;
mod random;
mod world;

use crate::Durability;
use world::World;

/// How many stories, each with several cuts.
const SEEDS: u64 = 1000;

#[test]
fn a_thousand_power_cuts_take_nothing_that_was_answered() {
    for seed in 0..SEEDS {
        World::new(seed, Durability::Strict).lives_and_is_whole();
    }
}

#[test]
fn a_power_cut_takes_the_unsynced_end_of_a_relaxed_journal_and_nothing_else() {
    for seed in 0..SEEDS / 4 {
        World::new(seed, Durability::Relaxed).lives_and_is_whole();
    }
}

#[test]
fn a_seed_always_gives_the_same_story() {
    let story = |seed| World::new(seed, Durability::Strict).lives_and_is_whole();
    assert!((0..20).all(|seed| story(seed) == story(seed)));
}
