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

/// Whether the value at a path such as `participants[0].attributes.account` belongs to a customer.
#[must_use]
pub fn belongs_to_customer(path: &str) -> bool {
    path.split('.').any(|part| is_customers_field(part.split('[').next().unwrap_or(part)))
}

#[cfg(test)]
mod tests {
    use super::{belongs_to_customer, is_customers_field};

    #[test]
    fn what_lies_beneath_a_customers_field_is_the_customers_too() {
        assert!(is_customers_field("Address") && !is_customers_field("addresses"));
        for (path, is_theirs) in [
            ("eventBody.participants[0].name", true),
            ("eventBody.participants[0].attributes.account[2].id", true),
            ("eventBody.participants[0].state", false),
            ("", false),
        ] {
            assert_eq!(belongs_to_customer(path), is_theirs, "{path}");
        }
    }
}
