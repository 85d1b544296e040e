//! No text from outside keeps a character that could do harm on a terminal.
#![no_main]
use gcwatch::domain::text::{harmless, is_harmful, masked};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert!(!harmless(text).chars().any(is_harmful));
    assert!(!masked(text).chars().any(is_harmful));
});
