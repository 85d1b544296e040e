//! A cross-check: everything that REST says of one queue, for laying it beside what is shown.
use super::client::ServiceClient;
use super::mailbox::Mailbox;
use crate::domain::control::{Control, CrossReading};
use crate::domain::identity::QueueId;
use crate::domain::session::Failure;
use tokio::task::JoinHandle;

impl ServiceClient {
    /// Asks for the queue's live conversations, its observations, and its figures of the half hour and
    /// of today. What can't be had is said in the answer.
    pub(super) async fn cross_check(&self, queue: &QueueId) -> CrossReading {
        let mut reading = CrossReading::begun(queue.clone(), self.clock.now());
        let queues = std::slice::from_ref(queue);
        match self.snapshot(queues, &[], reading.asked).await {
            Ok(read) => {
                let missing = read.snapshot.missing.as_ref();
                reading.failures.extend(missing.map(|why| format!("conversations: {why}")));
                reading.failures.extend(read.figures_missing.as_ref().map(told));
                reading.snapshot = Some(read.snapshot);
            }
            Err(failure) => reading.failures.push(told(&failure)),
        }
        let intervals = self.each_interval(queues, |figures| reading.intervals.push(figures)).await;
        reading.failures.extend(intervals.err().as_ref().map(told));
        reading.answered = Some(self.clock.now());
        reading
    }
}

fn told(failure: &Failure) -> String {
    match &failure.context_id {
        Some(id) => format!("{} (contextId {id})", failure.sentence),
        None => failure.sentence.clone(),
    }
}

/// The cross-check under way: one at a time, since a person looks at one.
#[derive(Debug, Default)]
pub(super) struct Checking(Option<JoinHandle<()>>);

impl Checking {
    /// Begins one; another that is still under way is given up for it. The answer goes to `mailbox`,
    /// and before it that it was asked for.
    pub(super) fn begin(&mut self, client: ServiceClient, queue: QueueId, mailbox: Mailbox) {
        self.stop();
        let begun = CrossReading::begun(queue.clone(), client.clock.now());
        mailbox.push_control(Control::CrossCheck(Box::new(begun)));
        self.0 = Some(tokio::spawn(async move {
            let reading = client.cross_check(&queue).await;
            mailbox.push_control(Control::CrossCheck(Box::new(reading)));
        }));
    }

    fn stop(&mut self) {
        if let Some(running) = self.0.take() {
            running.abort();
        }
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::testing::{Service, json, status, token};
    use crate::domain::identity::QueueId;
    use crate::domain::monitor::check::CrossCheck;
    use crate::domain::monitor::queues::Period;

    #[tokio::test]
    async fn what_can_be_had_is_told_and_what_cant_is_named() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            path if path.contains("observations") => json(
                r#"{"results":[{"group":{"queueId":"q","mediaType":"voice"},"data":[
                    {"metric":"oWaiting","stats":{"count":4}}]}]}"#,
            ),
            path if path.contains("details") => json(r#"{"totalHits":0}"#),
            _ => status(403, r#"{"code":"missing.permissions","message":"no","contextId":"c-1"}"#),
        })
        .await;
        let queue = QueueId::new("q");
        let reading = service.client().cross_check(&queue).await;
        let check = CrossCheck::of(reading, None);
        assert!(check.answered.is_some());
        let [failure] = check.failures.as_slice() else { panic!("{:?}", check.failures) };
        assert!(failure.contains("analytics:conversationAggregate:view"), "{failure}");
        assert!(failure.contains("c-1"), "{failure}");
        let row = check.rest.queues.get(&queue).unwrap();
        assert_eq!(row.figure("oWaiting", Period::Moment, None, check.asked), Some(4.0));
        assert!(row.watched() && row.waiting() == 0, "the list of live conversations is whole");
        assert_eq!(row.number("nOffered", Period::Day, None, check.asked), None);
    }
}
