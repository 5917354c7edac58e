//! What the real endpoint answered, and how it is compared with.

use clixml::{Limits, Object, Plain, Value};

/// What the real endpoint answered: one message body a line.
pub(crate) fn recorded(text: &str) -> Vec<Value> {
    text.lines().map(|body| clixml::read(body, &Limits::default(), &Plain).unwrap()).collect()
}

macro_rules! recording {
    ($name:literal) => {
        crate::recorded::recorded(include_str!(concat!("../../../../fixtures/discover/", $name)))
    };
}
pub(crate) use recording;

/// Everything equal, order too, but these properties of the object itself.
pub(crate) fn assert_same_but(got: &Value, expected: &Value, but: &[&str]) {
    let strip = |value: &Value| {
        let object = value.as_object().unwrap();
        let keep = |bag: &clixml::Properties| -> clixml::Properties {
            let kept = bag.iter().filter(|(name, _)| !but.contains(name));
            kept.map(|(name, value)| (name.to_owned(), value.clone())).collect()
        };
        Object { adapted: keep(&object.adapted), extended: keep(&object.extended), ..object.clone() }
    };
    assert_same(&strip(got), &strip(expected), "");
}

/// Says where two objects differ.
pub(crate) fn assert_same(got: &Object, expected: &Object, path: &str) {
    assert_eq!(got.type_names, expected.type_names, "type names at {path}");
    assert_eq!(got.to_string, expected.to_string, "text at {path}");
    if let clixml::Content::Primitive(_) = expected.content {
        assert_eq!(got.content, expected.content, "content at {path}");
    }
    let order = |bag: &clixml::Properties| bag.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    for (got, expected) in [(&got.adapted, &expected.adapted), (&got.extended, &expected.extended)] {
        assert_eq!(order(got), order(expected), "properties at {path}");
        for (name, value) in expected.iter() {
            assert_same_value(got.get(name).unwrap(), value, &format!("{path}.{name}"));
        }
    }
    let items = |object: &Object| match object.entries() {
        Some(entries) => entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect(),
        None => object.items().unwrap_or_default().to_vec(),
    };
    let (got, expected) = (items(got), items(expected));
    assert_eq!(got.len(), expected.len(), "items at {path}");
    for (at, (got, expected)) in got.iter().zip(&expected).enumerate() {
        assert_same_value(got, expected, &format!("{path}[{at}]"));
    }
}

pub(crate) fn assert_same_value(got: &Value, expected: &Value, path: &str) {
    match (got.as_object(), expected.as_object()) {
        (Some(got), Some(expected)) => assert_same(got, expected, path),
        _ => assert_eq!(got, expected, "{path}"),
    }
}
