//! The columns of the boards of queues, the same for whole queues and for one medium of each.
use super::super::{Column, Facts, Value};
use super::OfQueue;
use crate::domain::control::MediaGoal;
use crate::domain::conversation::State;
use crate::domain::filter::Holds;
use crate::domain::monitor::queues::{Counts, Figure, Period, QueueRow};
use crate::domain::topic::Media;
use jiff::{SignedDuration, Timestamp};
use std::marker::PhantomData;
use std::time::Duration;

/// The columns of rows that are named by `K`.
pub(super) struct Columns<K>(PhantomData<K>);

/// Reads a row, if it is there.
fn of<K: OfQueue>(facts: &Facts<'_>, key: &K, read: impl FnOnce(&QueueRow) -> Value) -> Value {
    facts.monitor.queues.get(key.queue()).map_or(Value::Unknown, read)
}

/// A count of our own: unknown where the queue's conversations, or those of the row's medium, aren't
/// watched.
fn counted<K: OfQueue>(facts: &Facts<'_>, key: &K, count: impl FnOnce(&Counts) -> u32) -> Value {
    of(facts, key, |row| {
        if row.watches(key.media()) {
            Value::Number(row.counts(key.media()).map_or(0, |counts| u64::from(count(counts))))
        } else {
            Value::Unknown
        }
    })
}

/// How often something has happened in the present interval.
fn number<K: OfQueue>(facts: &Facts<'_>, key: &K, metric: &str, period: Period) -> Value {
    let now = facts.service_now();
    of(facts, key, |row| Value::count(row.number(metric, period, key.media(), now)))
}

/// A mean of the present interval: a sum in milliseconds by a count. Of nothing there is none.
fn mean<K: OfQueue>(facts: &Facts<'_>, key: &K, metric: &str, period: Period) -> Value {
    let now = facts.service_now();
    of(facts, key, |row| {
        let figure = |metric: &str| row.figure(metric, period, key.media(), now);
        let sum = figure(metric);
        let count = figure(&format!("{metric}.count")).filter(|count| *count > 0.0);
        Value::milliseconds(sum.zip(count).map(|(sum, count)| sum / count))
    })
}

/// A share of the present interval: told by medium, and shares can't be added; the lowest is what
/// a supervisor must see.
fn share<K: OfQueue>(facts: &Facts<'_>, key: &K, metric: &str, period: Period) -> Value {
    let now = facts.service_now();
    of(facts, key, |row| {
        let told = row.told(metric, None, period, now);
        let own = told.filter(|figure| key.media().is_none() || figure.media == key.media());
        let lowest = own.map(|figure| figure.value).reduce(f64::min);
        lowest.map_or(Value::Unknown, Value::Percent)
    })
}

/// The target of the present half hour; it is the same all day, and told at another time. Else what the
/// queue's settings say.
fn target<K: OfQueue>(facts: &Facts<'_>, key: &K) -> Value {
    let target = |period| share(facts, key, "oServiceLevel.target", period);
    match (target(Period::HalfHour), target(Period::Day)) {
        (Value::Unknown, Value::Unknown) => {
            let lowest = goals(facts, key).filter_map(|goal| goal.share).reduce(f64::min);
            lowest.map_or(Value::Unknown, Value::Percent)
        }
        (Value::Unknown, today) => today,
        (known, _) => known,
    }
}

/// The goals of a row: of its medium, or of the media of which the queue has conversations or figures.
fn goals<'a, K: OfQueue>(
    facts: &'a Facts<'_>,
    key: &'a K,
) -> impl Iterator<Item = &'a MediaGoal> + 'a {
    let row = facts.monitor.queues.get(key.queue());
    let media = row.into_iter().flat_map(QueueRow::media).copied();
    media
        .filter(|media| key.media().is_none_or(|own| own == *media))
        .filter_map(|media| facts.monitor.directory.goal(key.queue(), media))
}

/// When the longest wait of a row passes the threshold of its queue's settings, or passed it. Each medium
/// is judged by its own threshold, and of several the first to pass counts: a mail that has waited for an
/// hour may be in time where a call of a minute isn't. `None` when nobody waits, or no threshold is
/// known where somebody does.
fn due<K: OfQueue>(facts: &Facts<'_>, key: &K) -> Option<Timestamp> {
    let row = facts.monitor.queues.get(key.queue())?;
    let passes = |goal: &MediaGoal| {
        let within = Duration::from_millis(goal.within_milliseconds);
        let since = longest_wait(row, Some(goal.media))?;
        since.checked_add(within).ok()
    };
    goals(facts, key).filter_map(passes).min()
}

fn people<K: OfQueue>(facts: &Facts<'_>, key: &K, metric: &str, qualifier: Option<&str>) -> Value {
    of(facts, key, |row| Value::count(row.people(metric, qualifier, key.media())))
}

/// Since when the longest waits: by the conversations where the queue's are watched, since they tell
/// it to the millisecond; else by the service, which tells how long it was when it told.
pub(super) fn longest_wait(row: &QueueRow, media: Option<Media>) -> Option<Timestamp> {
    if row.watches(media) {
        return row.counts(media)?.longest_unanswered();
    }
    service_longest(row, media)
}

/// The same by the service. It says 0 where nobody waits, and where somebody began to when it told: its
/// count of those who wait, from the same breath, tells which.
fn service_longest(row: &QueueRow, media: Option<Media>) -> Option<Timestamp> {
    let of = |metric| row.told(metric, None, Period::Moment, Timestamp::MIN);
    let waits = |longest: &&Figure| {
        let told_with = |count: &Figure| count.media == longest.media && count.told == longest.told;
        longest.value > 0.0 || of("oWaiting").any(|count| count.value > 0.0 && told_with(count))
    };
    of("oLongestWaiting")
        .filter(|figure| (media.is_none() || figure.media == media) && waits(figure))
        .filter_map(|figure| {
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            let length = SignedDuration::from_millis(figure.value as i64);
            figure.told.checked_sub(length).ok()
        })
        .min()
}

fn media<K: OfQueue>(facts: &Facts<'_>, key: &K) -> Value {
    if let Some(media) = key.media() {
        return Value::text(media.word());
    }
    of(facts, key, |row| {
        let words: Vec<&str> = row.media().iter().map(|media| media.word()).collect();
        Value::text(&words.join(" "))
    })
}

impl<K: OfQueue> Columns<K> {
    /// All of them.
    pub(super) const ALL: &'static [Column<K>] = &[
        Column::words(
            "queue",
            "queue",
            (10, 40),
            "the queue's name; its id where no name is known",
            |facts, key, ()| Value::text(facts.monitor.directory.queue(key.queue())),
        ),
        Column::words(
            "media",
            "media",
            (6, 24),
            "media of which there are conversations or figures",
            |facts, key, ()| media(facts, key),
        )
        .joined_by(" "),
        Column::figure(
            "waiting",
            "wait",
            4,
            "conversations in the queue for which nobody is being rung; counted from the conversations; unknown where they aren't watched; service_waiting is the service's own count",
            |facts, key, ()| counted(facts, key, Counts::waiting),
        ),
        Column::figure(
            "longest_wait",
            "longest",
            7,
            "how long the longest has waited unanswered, being rung for or not; from the conversations, where they aren't watched from oLongestWaiting; unknown when nobody waits",
            |facts, key: &K, ()| {
                of(facts, key, |row| {
                    longest_wait(row, key.media()).map_or(Value::Unknown, Value::Since)
                })
            },
        )
        .holding(Holds::Duration)
        .called("wait"),
        Column::figure(
            "alerting",
            "ring",
            4,
            "conversations for which an agent is being rung; from the conversations; service_alerting is the service's own count",
            |facts, key, ()| counted(facts, key, |counts| counts.of(State::Alerting)),
        ),
        Column::figure(
            "interacting",
            "talk",
            4,
            "conversations with an agent connected, held ones included; from the conversations; service_interacting is the service's own count",
            |facts, key, ()| counted(facts, key, Counts::interacting),
        ),
        Column::figure(
            "hold",
            "held",
            4,
            "conversations on hold; from the conversations",
            |facts, key, ()| counted(facts, key, |counts| counts.of(State::Hold)),
        ),
        Column::figure(
            "wrapup",
            "wrap-up",
            7,
            "conversations that agents work on after their end; from the conversations",
            |facts, key, ()| counted(facts, key, |counts| counts.of(State::Wrapup)),
        ),
        Column::figure(
            "parked",
            "parked",
            6,
            "conversations that agents laid aside; from the conversations",
            |facts, key, ()| counted(facts, key, |counts| counts.of(State::Parked)),
        ),
        Column::figure(
            "on_queue",
            "on queue",
            8,
            "people on the queue, whatever their media; oOnQueueUsers of the queue observations; unknown until the service told, and in the row of one medium unless it told of that: it counts people by queue",
            |facts, key, ()| people(facts, key, "oOnQueueUsers", None),
        ),
        Column::figure(
            "idle",
            "idle",
            4,
            "people on the queue who are free, whatever their media; oUserRoutingStatuses with IDLE; unknown until the service told, and in the row of one medium unless it told of that",
            |facts, key, ()| people(facts, key, "oUserRoutingStatuses", Some("IDLE")),
        ),
        Column::figure(
            "not_responding",
            "no answer",
            9,
            "people who did not answer an alert and get none until they are back; oUserRoutingStatuses with NOT_RESPONDING; unknown until the service told, and in the row of one medium unless it told of that",
            |facts, key, ()| people(facts, key, "oUserRoutingStatuses", Some("NOT_RESPONDING")),
        ),
        Column::figure(
            "offered",
            "offered",
            7,
            "conversations offered in this half hour; nOffered of the queue observations, and by REST once a minute; unknown until one of them told in this half hour",
            |facts, key, ()| number(facts, key, "nOffered", Period::HalfHour),
        ),
        Column::figure(
            "answered",
            "answered",
            8,
            "conversations answered in this half hour: how many tAnswered there were; from the observations and by REST; unknown until one of them told in this half hour",
            |facts, key, ()| number(facts, key, "tAnswered.count", Period::HalfHour),
        ),
        Column::figure(
            "abandoned",
            "abandoned",
            9,
            "conversations abandoned in this half hour: how many tAbandon there were; from the observations and by REST; unknown until one of them told in this half hour",
            |facts, key, ()| number(facts, key, "tAbandon.count", Period::HalfHour),
        ),
        Column::figure(
            "service_level",
            "SL",
            4,
            "share answered in time in this half hour, the lowest of the media; oServiceLevel of the observations and by REST; unknown until one was answered or abandoned in this half hour",
            |facts, key, ()| share(facts, key, "oServiceLevel", Period::HalfHour),
        )
        .holding(Holds::Share),
        Column::figure(
            "target",
            "target",
            6,
            "share that shall be answered in time, the lowest of the media; the target of oServiceLevel, of this half hour or of today, else the one of the queue's settings; unknown until one of them is known",
            |facts, key, ()| target(facts, key),
        )
        .holding(Holds::Share),
        Column::figure(
            "threshold",
            "in time",
            7,
            "within how long a conversation counts as answered in time, the shortest of the media; serviceLevel.durationMs of the queue's settings, by REST; unknown without them, and where the queue has neither conversations nor figures",
            |facts, key: &K, ()| {
                let shortest = goals(facts, key).map(|goal| goal.within_milliseconds).min();
                shortest.map_or(Value::Unknown, |within| {
                    Value::Duration(Duration::from_millis(within))
                })
            },
        )
        .holding(Holds::Duration),
        Column::figure(
            "overdue",
            "overdue",
            7,
            "by how much the longest wait is over the threshold of its medium, 0m00 while it is within; the most overdue of the media; unknown when nobody waits or no threshold is known",
            |facts, key: &K, ()| due(facts, key).map_or(Value::Unknown, Value::Since),
        )
        .holding(Holds::Duration),
        Column::figure(
            "margin",
            "vs goal",
            7,
            "how far the service level of this half hour is above its target, negative where it misses it; service_level less target; unknown until both are known",
            |facts, key: &K, ()| {
                let level = share(facts, key, "oServiceLevel", Period::HalfHour);
                match (level, target(facts, key)) {
                    (Value::Percent(level), Value::Percent(target)) => {
                        Value::margin(level, target)
                    }
                    _ => Value::Unknown,
                }
            },
        )
        .holding(Holds::Share),
        Column::words(
            "trend",
            "trend",
            (12, 60),
            "how many waited, a column a minute, the newest to the right, up to the largest of them; of the last hour, blank where nobody knows",
            |facts, key: &K, ()| {
                let history = &facts.monitor.history;
                let series = match key.media() {
                    None => history.waiting_in(key.queue()),
                    Some(media) => history.waiting_of(key.queue(), media),
                };
                series.map_or(Value::Unknown, |series| Value::Trend(series.iter().collect()))
            },
        )
        .holding(Holds::Count),
        Column::figure(
            "asa",
            "ASA",
            6,
            "average speed of answer in this half hour: the sum of tAnswered by their number; from the observations and by REST; unknown while none was answered",
            |facts, key, ()| mean(facts, key, "tAnswered", Period::HalfHour),
        )
        .holding(Holds::Duration),
        Column::figure(
            "aht",
            "AHT",
            6,
            "average handle time in this half hour: the sum of tHandle by their number; from the observations and by REST; unknown while none was handled",
            |facts, key, ()| mean(facts, key, "tHandle", Period::HalfHour),
        )
        .holding(Holds::Duration),
        Column::figure(
            "offered_today",
            "off.day",
            7,
            "conversations offered since midnight, by the clock of this machine; nOffered by REST once a minute; unknown until it told, and without permission for it",
            |facts, key, ()| number(facts, key, "nOffered", Period::Day),
        ),
        Column::figure(
            "answered_today",
            "ans.day",
            7,
            "conversations answered since midnight: how many tAnswered there were; by REST once a minute; unknown until it told",
            |facts, key, ()| number(facts, key, "tAnswered.count", Period::Day),
        ),
        Column::figure(
            "abandoned_today",
            "aban.day",
            8,
            "conversations abandoned since midnight: how many tAbandon there were; by REST once a minute; unknown until it told",
            |facts, key, ()| number(facts, key, "tAbandon.count", Period::Day),
        ),
        Column::figure(
            "service_level_today",
            "SL day",
            6,
            "share answered in time since midnight, the lowest of the media; oServiceLevel by REST once a minute; unknown until one was answered or abandoned today",
            |facts, key, ()| share(facts, key, "oServiceLevel", Period::Day),
        )
        .holding(Holds::Share),
        Column::figure(
            "asa_today",
            "ASA day",
            7,
            "average speed of answer since midnight: the sum of tAnswered by their number; by REST once a minute; unknown while none was answered today",
            |facts, key, ()| mean(facts, key, "tAnswered", Period::Day),
        )
        .holding(Holds::Duration),
        Column::figure(
            "aht_today",
            "AHT day",
            7,
            "average handle time since midnight: the sum of tHandle by their number; by REST once a minute; unknown while none was handled today",
            |facts, key, ()| mean(facts, key, "tHandle", Period::Day),
        )
        .holding(Holds::Duration),
        Column::figure(
            "service_waiting",
            "svc wait",
            8,
            "how many wait by the service's own count; oWaiting; differs from wait for a moment after each change, for longer only if one of them is wrong: c asks REST",
            |facts, key, ()| observed(facts, key, "oWaiting"),
        ),
        Column::figure(
            "service_alerting",
            "svc ring",
            8,
            "for how many an agent is being rung by the service's own count; oAlerting; beside ring, which is counted from the conversations",
            |facts, key, ()| observed(facts, key, "oAlerting"),
        ),
        Column::figure(
            "service_interacting",
            "svc talk",
            8,
            "how many have an agent connected by the service's own count; oInteracting; beside talk, which is counted from the conversations",
            |facts, key, ()| observed(facts, key, "oInteracting"),
        ),
        Column::figure(
            "service_longest_wait",
            "svc longest",
            11,
            "how long the longest has waited by the service; oLongestWaiting, counted on since it was told; beside longest, which is from the conversations",
            |facts, key: &K, ()| {
                of(facts, key, |row| {
                    service_longest(row, key.media()).map_or(Value::Unknown, Value::Since)
                })
            },
        )
        .holding(Holds::Duration),
        Column::words("id", "id", (36, 36), "the queue's id", |_, key, ()| {
            Value::text(key.queue().as_str())
        }),
    ];
}

/// What the service observed of the moment.
fn observed<K: OfQueue>(facts: &Facts<'_>, key: &K, metric: &str) -> Value {
    let now = facts.service_now();
    of(facts, key, |row| Value::count(row.figure(metric, Period::Moment, key.media(), now)))
}
