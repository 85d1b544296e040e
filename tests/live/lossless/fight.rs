//! Two programs on one channel: the service drops the one that was there when another connects.
use crate::lossless::stage::{PATIENCE, Stage, is_live, until};
use futures_util::StreamExt;
use gcwatch::cloud::{Mailbox, trusted_socket_address};
use gcwatch::domain::control::Control;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::session::Policy;
use gcwatch::simulator::service::SimulatorSettings;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

#[test]
fn a_second_program_on_our_channel_is_noticed_told_and_left_alone() {
    let stage = Stage::new(SimulatorSettings { seed: 8, ..SimulatorSettings::default() });
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let source = stage.start(Policy::default(), &mailbox);
    until(&mailbox, "live", is_live);
    let channels = stage.runtime.block_on(stage.client.channels(true)).expect("channels");
    let [ours] = channels.as_slice() else { panic!("one channel, not {}", channels.len()) };
    let address = trusted_socket_address(ours.connect_uri().expose_secret()).expect("loopback");
    // the other program: as stubborn as a client can be, it connects again at once
    let dialled = Arc::new(AtomicU32::new(0));
    let other = {
        let (dialler, dialled) = (stage.client.dialler(), Arc::clone(&dialled));
        stage.runtime.spawn(async move {
            loop {
                if let Ok(mut socket) = dialler.dial(&address).await {
                    dialled.fetch_add(1, SeqCst);
                    while let Some(Ok(_)) = socket.next().await {}
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    };
    until(
        &mailbox,
        "the fight is told",
        |control| matches!(control, Control::Event(event) if event.sentence.contains("another program")),
    );
    until(&mailbox, "live on an own channel", is_live);
    // nobody is dropped any more: the other one keeps the channel, and we ours
    let before = dialled.load(SeqCst);
    let peace = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < peace {
        if mailbox.wait(Duration::from_millis(50)) {
            let opened = mailbox
                .take()
                .control
                .into_iter()
                .any(|control| matches!(control, Control::Gap(gap) if gap.until.is_none()));
            assert!(!opened, "dropped again");
        }
    }
    assert_eq!(dialled.load(SeqCst), before, "the other one was dropped again");
    let begun = Instant::now();
    let channels = stage.runtime.block_on(stage.client.channels(true)).expect("channels");
    assert!(begun.elapsed() < PATIENCE);
    assert_eq!(channels.len(), 2, "one own channel more and no further");
    other.abort();
    stage.end(source);
}
