//! Which fields may be kept, by name. What isn't named here is masked.

/// What may be done with the text of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// A word of the service's own: kept if it looks like one.
    Word,
    /// An id.
    Id,
    /// A name of this kind of thing.
    Name(&'static str),
    /// A path within the API.
    Address,
    /// A topic.
    Topic,
    /// Anything else.
    Mask,
}

/// Fields whose texts are words from a list of the service. Sorted.
const WORDS: &[&str] = &[
    "acdOutcome",
    "action",
    "actionStatus",
    "actionType",
    "activeRouting",
    "adherenceState",
    "assignmentState",
    "authorizedGrantType",
    "blockingReason",
    "campaignStatus",
    "caseStatus",
    "channel",
    "complianceAbandonRateDenominator",
    "conditionType",
    "contactMethod",
    "conversationInitiator",
    "creationMethod",
    "currentState",
    "dataType",
    "dayOfWeek",
    "deliveryStatus",
    "denialCode",
    "dialingMode",
    "direction",
    "disconnectType",
    "endState",
    "engagementType",
    "entityType",
    "errorCode",
    "errorType",
    "eventType",
    "exitReason",
    "failureReason",
    "flowOutcomeValue",
    "flowSubType",
    "flowType",
    "granularity",
    "impact",
    "initialState",
    "interval",
    "jobStatus",
    "lastAcdOutcome",
    "lastAgentRoutingMode",
    "lastUserDisconnectType",
    "legacyMetric",
    "mediaType",
    "medium",
    "messageStatus",
    "messageType",
    "metric",
    "metricType",
    "mode",
    "monitoringType",
    "newState",
    "onlineStatus",
    "operation",
    "operationalStatus",
    "originatingDirection",
    "outboundCampaignType",
    "persistentState",
    "platform",
    "previousStatus",
    "productPlatform",
    "provider",
    "purpose",
    "qualifier",
    "queryState",
    "reactionType",
    "reason",
    "recordingState",
    "relationship",
    "requestedRoutings",
    "responseStatus",
    "result",
    "routingRuleType",
    "routingStatus",
    "screenRecordingState",
    "severity",
    "sourceType",
    "startState",
    "state",
    "status",
    "statusCategory",
    "substatus",
    "systemPresence",
    "systemTopicType",
    "transferType",
    "triggerType",
    "type",
    "unit",
    "usedRouting",
    "valueType",
    "visibility",
    "wrapupPrompt",
];

/// Texts that are kept wherever they stand: those of heartbeats.
const CONSTANTS: &[&str] = &["pong", "WebSocket Heartbeat"];

/// Objects whose members the organisation names itself: not even the names are kept.
const FREE: &[&str] = &[
    "additionalInfo",
    "additionalProperties",
    "attributes",
    "context",
    "contextAttributes",
    "conversationIntents",
    "customAttributes",
    "customData",
    "customFields",
    "customMetadata",
    "emailStatuses",
    "eventAttributes",
    "externalMetrics",
    "fields",
    "flowData",
    "formData",
    "headers",
    "inputData",
    "mapping",
    "messageParams",
    "metadata",
    "outputData",
    "parameters",
    "participantData",
    "properties",
    "query",
    "reactions",
    "recallEntries",
    "responses",
    "sessionData",
    "traits",
    "userParams",
    "variables",
];

/// Parts of names of number fields that tell where or who somebody is.
const TELLING_NUMBERS: &[&str] =
    &["latitude", "longitude", "extension", "pin", "fingerprint", "revenue", "phone", "number"];

/// Words in names of number fields that may be large: times, sizes, figures.
const LARGE_NUMBERS: &[&str] = &[
    "bytes",
    "count",
    "date",
    "duration",
    "end",
    "expiry",
    "interval",
    "length",
    "max",
    "metric",
    "millieconds",
    "milliseconds",
    "min",
    "ms",
    "msec",
    "rate",
    "ratio",
    "seconds",
    "size",
    "start",
    "sum",
    "time",
    "timestamp",
    "ttl",
    "until",
];

/// Parts of names of fields whose time tells who somebody is.
const TELLING_TIMES: &[&str] = &["birth", "anniversary"];

/// What may be done with the text of field `name`, inside of the object in field `parent`.
pub(super) fn rule(name: &str, parent: &str) -> Rule {
    if name == "topicName" {
        return Rule::Topic;
    }
    if WORDS.binary_search(&name).is_ok() {
        return Rule::Word;
    }
    let lowered = name.to_ascii_lowercase();
    if lowered == "id" || name.ends_with("Id") || name.ends_with("Ids") || lowered == "code" {
        return Rule::Id;
    }
    if lowered.ends_with("uri") || lowered.ends_with("url") || lowered.ends_with("uris") {
        return Rule::Address;
    }
    if lowered == "name" || lowered.ends_with("name") || lowered == "nameraw" {
        return Rule::Name(kind(name, parent));
    }
    Rule::Mask
}

fn kind(name: &str, parent: &str) -> &'static str {
    let lowered = if name.eq_ignore_ascii_case("name") { parent } else { name };
    let lowered = lowered.to_ascii_lowercase();
    ["Queue", "User", "Division", "Flow", "Campaign", "Skill", "Language", "Group", "Team"]
        .into_iter()
        .find(|kind| lowered.starts_with(&kind.to_ascii_lowercase()))
        .unwrap_or("Name")
}

/// Whether the text is kept wherever it stands.
pub(super) fn is_constant(text: &str) -> bool {
    CONSTANTS.contains(&text)
}

/// Whether this is the version that stands beside a topic's name, such as "2": a client reads it.
pub(super) fn is_version(name: &str, parent: &str, text: &str) -> bool {
    let is_short = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    name == "version" && parent.is_empty() && is_short
}

/// Whether the organisation names the members of the object in field `name` itself.
pub(super) fn is_free(name: &str) -> bool {
    FREE.contains(&name) || name.to_ascii_lowercase().ends_with("attributes")
}

/// Whether `name` looks like a field of the service rather than like data.
pub(super) fn is_field(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() <= 60
        && digits <= 3
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a number in field `name`, which is one of the service's for numbers, may be kept.
pub(super) fn keeps_number(name: &str, value: f64) -> bool {
    let lowered = name.to_ascii_lowercase();
    let is_telling = TELLING_NUMBERS.iter().any(|part| lowered.contains(part));
    // by words: "account" counts nothing, and "sender" is no end
    let may_be_large = || words(name).any(|word| LARGE_NUMBERS.contains(&word.as_str()));
    !is_telling && (value.abs() < 1e6 || may_be_large())
}

/// The words of a name that is written like `startTimeMs` or `start_time`, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> + '_ {
    let begins = |at: usize, c: char| at == 0 || c.is_ascii_uppercase() || c == '_';
    let starts: Vec<usize> =
        name.char_indices().filter(|(at, c)| begins(*at, *c)).map(|(at, _)| at).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([name.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|(start, end)| name[start..end].trim_start_matches('_').to_ascii_lowercase())
}

/// Whether a time in field `name` may be kept.
pub(super) fn keeps_time(name: &str) -> bool {
    let lowered = name.to_ascii_lowercase();
    !TELLING_TIMES.iter().any(|part| lowered.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{FREE, Rule, WORDS, rule};

    #[test]
    fn the_lists_can_be_searched() {
        assert!(WORDS.is_sorted());
        assert!(FREE.iter().all(|name| !WORDS.contains(name)));
    }

    #[test]
    fn what_is_not_listed_is_masked() {
        assert_eq!(rule("subject", ""), Rule::Mask);
        assert_eq!(rule("somethingNew", ""), Rule::Mask);
        assert_eq!(rule("name", "queue"), Rule::Name("Queue"));
        assert_eq!(rule("queueId", ""), Rule::Id);
        assert_eq!(rule("selfUri", ""), Rule::Address);
        assert_eq!(rule("state", ""), Rule::Word);
    }
}
