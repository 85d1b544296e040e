//! Whatever comes on the socket is decoded and absorbed without a panic.
#![no_main]
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::monitor::Monitor;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let payload = match std::str::from_utf8(bytes) {
        Ok(text) => Payload::Text(text.into()),
        Err(_) => Payload::Binary(bytes.into()),
    };
    let received = Timestamp::UNIX_EPOCH;
    let mut monitor = Monitor::new(received);
    monitor.absorb_frame(Frame { received, channel: ChannelNumber(1), payload });
    assert_eq!(monitor.frames.total(), 1);
});
