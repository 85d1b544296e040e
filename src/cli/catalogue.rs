//! The catalogue of topics beside the front end: out of the cache at once, from the service once a
//! day, in the background. The front end works without.
use crate::cloud::ServiceClient;
use crate::domain::available::{AvailableTopics, Granted};
use crate::domain::monitor::Monitor;
use crate::settings::topic_cache::TopicCache;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// What is known of what can be subscribed.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    pub(super) topics: Arc<AvailableTopics>,
    pub(super) granted: Granted,
}

/// Reads the catalogue in the background. Without a `cache` it is neither looked up nor kept: the
/// simulated service has a port of its own each time.
pub(super) fn supply(
    runtime: &Runtime,
    client: ServiceClient,
    cache: Option<TopicCache>,
) -> watch::Receiver<Catalogue> {
    let (known, receiver) = watch::channel(Catalogue::default());
    runtime.spawn(async move {
        let kept = match cache.clone() {
            // a file of some hundred KB, read once; still not on a thread that others wait for
            Some(cache) => tokio::task::spawn_blocking(move || cache.read(SystemTime::now()))
                .await
                .ok()
                .flatten(),
            None => None,
        };
        let mut fresh = false;
        if let Some(kept) = kept
            && let Ok(topics) = AvailableTopics::read(&kept.answer)
        {
            fresh = kept.is_fresh();
            known.send_modify(|known| known.topics = Arc::new(topics));
        }
        match client.granted().await {
            Ok(granted) => known.send_modify(|known| known.granted = granted),
            Err(failure) => {
                tracing::info!(sentence = failure.sentence, "what the login may do isn't known");
            }
        }
        if fresh {
            return;
        }
        let answer = match client.available_topics().await {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::info!(sentence = failure.sentence, "the catalogue isn't known");
                return;
            }
        };
        match AvailableTopics::read(&answer) {
            Ok(topics) => known.send_modify(|known| known.topics = Arc::new(topics)),
            Err(reason) => {
                tracing::info!(reason, "the catalogue can't be read");
                return;
            }
        }
        if let Some(cache) = cache {
            let kept = tokio::task::spawn_blocking(move || cache.keep(&answer)).await;
            if let Ok(Err(error)) = kept {
                tracing::info!(%error, "the catalogue can't be kept");
            }
        }
    });
    receiver
}

/// Lets `monitor` have what became known since the last time.
pub(super) fn take_up(supply: &mut Option<watch::Receiver<Catalogue>>, monitor: &mut Monitor) {
    let Some(receiver) = supply else { return };
    // a supply that has ended says so instead of that it has changed
    let changed = receiver.has_changed();
    if !matches!(changed, Ok(false)) {
        let known = receiver.borrow_and_update().clone();
        monitor.catalogue = known.topics;
        monitor.granted = known.granted;
        monitor.generation += 1;
    }
    if changed.is_err() {
        *supply = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, take_up};
    use crate::domain::available::Granted;
    use crate::domain::monitor::Monitor;
    use tokio::sync::watch;

    #[test]
    fn the_last_word_of_a_supply_that_has_ended_is_taken_up() {
        let mut monitor = Monitor::new(jiff::Timestamp::UNIX_EPOCH);
        let (known, receiver) = watch::channel(Catalogue::default());
        let mut supply = Some(receiver);
        take_up(&mut supply, &mut monitor);
        assert!(supply.is_some());
        let granted = Granted { person: Some(true), permissions: None };
        known.send_modify(|known| known.granted = granted.clone());
        drop(known);
        take_up(&mut supply, &mut monitor);
        assert_eq!(monitor.granted, granted);
        assert!(supply.is_none());
    }
}
