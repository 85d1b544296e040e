//! Two frames of any content are compared without a panic; a frame never differs from itself.
#![no_main]
use gcwatch::domain::difference::{NOISE, compare};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (before, after) = texts;
    let _ = compare(before, after, &NOISE);
    if let Ok(same) = compare(before, before, &NOISE) {
        assert!(same.leaves.is_empty());
    }
});
