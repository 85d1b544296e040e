//! Which values of a frame belong to customers, told by the names of their fields.
//!
//! Must not know how such a value is hidden; that is [`super::text::masked`]'s. Recordings have a
//! stricter rule of their own: they mask whatever isn't known to be harmless.

/// Fields whose values, and everything beneath them, belong to customers; in lower case.
const CUSTOMER_KEYS: [&str; 25] = [
    "attributes",
    "address",
    "addressraw",
    "addressnormalized",
    "addressdisplayable",
    "addressto",
    "addressfrom",
    "ani",
    "dnis",
    "fromaddress",
    "toaddress",
    "subject",
    "callbackusername",
    "callbacknumbers",
    "name",
    "nameraw",
    "participantname",
    "transcript",
    "decoratedtranscript",
    "previewtext",
    "notes",
    "callerid",
    "calleridname",
    "socialusername",
    "uuidata",
];

/// Whether the value of a field of this name belongs to a customer.
#[must_use]
pub fn is_customers_field(name: &str) -> bool {
    CUSTOMER_KEYS.iter().any(|key| key.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::is_customers_field;

    #[test]
    fn fields_are_told_by_their_whole_names() {
        assert!(is_customers_field("Address") && !is_customers_field("addresses"));
        assert!(!is_customers_field("state") && !is_customers_field(""));
    }
}
