//! Whatever value there is, it comes back from its own CLIXML, and is written the same again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use clixml::{
    Content, DateTime, DateTimeKind, Decimal, Guid, Limits, Object, Plain, SecureString, Str, TimeSpan, TypeNames,
    Value, Version, read, to_string,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,20}",
        any::<String>(),
        "(_x[0-9A-Fa-f]{0,4}_?|&|<|>|\"|'|\r|\n|\t|\u{0}|\u{1b}|😀|\u{fffe}|ä){0,12}",
    ]
}

fn primitive() -> impl Strategy<Value = Value> {
    let ticks = 0..3_155_378_975_999_999_999_i64;
    let kind = prop_oneof![
        Just(DateTimeKind::Unspecified),
        Just(DateTimeKind::Utc),
        (-840_i16..=840).prop_map(DateTimeKind::Local)
    ];
    let version = (0..=i32::MAX.cast_unsigned(), 0..100_u32, any::<Option<u16>>(), any::<Option<u16>>());
    prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::from),
        any::<u16>().prop_map(Value::Char),
        any::<bool>().prop_map(Value::from),
        (ticks, kind).prop_map(|(ticks, kind)| DateTime { ticks, kind }.into()),
        any::<i64>().prop_map(|ticks| TimeSpan::from_ticks(ticks).into()),
        any::<u8>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_filter("NaN is not itself", |n| !n.is_nan()).prop_map(Value::from),
        any::<f64>().prop_filter("NaN is not itself", |n| !n.is_nan()).prop_map(Value::from),
        (any::<i64>(), 0..=28_u8).prop_map(|(n, scale)| Decimal { mantissa: n.into(), scale }.into()),
        vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytes(bytes.into())),
        any::<u128>().prop_map(|n| Guid::from_u128(n).into()),
        text().prop_map(|text| Value::Uri(text.into())),
        version.prop_map(|(major, minor, build, revision)| {
            let build = build.map(u32::from);
            Version { major, minor, build, revision: build.and(revision.map(u32::from)) }.into()
        }),
        text().prop_map(|text| Value::Xml(text.into())),
        text().prop_map(|text| Value::ScriptBlock(text.into())),
        text().prop_map(|text| SecureString::new(text).into()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    primitive().prop_recursive(5, 60, 6, |inner| {
        let content = prop_oneof![
            Just(Content::None),
            primitive()
                .prop_filter("no content is no value", |v| !v.is_null())
                .prop_map(|v| Content::Primitive(v.into())),
            vec(inner.clone(), 0..5).prop_map(Content::List),
            vec(inner.clone(), 0..5).prop_map(Content::Enumerable),
            vec(inner.clone(), 0..5).prop_map(Content::Stack),
            vec(inner.clone(), 0..5).prop_map(Content::Queue),
            vec((inner.clone(), inner.clone()), 0..5).prop_map(Content::Dictionary),
        ];
        let names = prop_oneof![
            Just(TypeNames::None),
            vec(text(), 1..4).prop_map(TypeNames::new),
            Just(TypeNames::from_static(&["System.Management.Automation.PSCustomObject", "System.Object"])),
        ];
        let properties = || vec((text(), inner.clone()), 0..4);
        (names, proptest::option::of(text()), content, properties(), properties(), any::<bool>()).prop_map(
            |(type_names, to_string, content, adapted, extended, twice)| {
                let object = Object {
                    type_names,
                    to_string: to_string.map(Str::from),
                    content,
                    adapted: adapted.into_iter().collect(),
                    extended: extended.into_iter().collect(),
                };
                let value = Value::from(object);
                // the same object, shared
                if twice { Value::array(vec![value.clone(), value]) } else { value }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_value_comes_back_from_its_clixml(value in value()) {
        let written = to_string(&value, &Plain);
        let limits = Limits { depth: 200, ..Limits::default() };
        let back = read(&written, &limits, &Plain).unwrap();
        prop_assert_eq!(&back, &value, "{}", written);
        prop_assert_eq!(to_string(&back, &Plain), written);
    }

    #[test]
    fn the_reader_survives_any_text(text in any::<String>()) {
        let _ = read(&text, &Limits::default(), &Plain);
    }
}
