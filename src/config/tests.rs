use std::env;
use std::fs;
use std::path::Path;

use super::*;

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("pepd.toml")).unwrap()
}

fn refusal(text: &str) -> String {
    Config::parse(text, Path::new("pepd.toml")).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_embedded_default() {
    assert_eq!(parse(""), Config::default());
    assert_eq!(parse("").accounts.policy(), Policy::default());
    assert_eq!(format!("{:?}", parse("").limits.pool()), format!("{:?}", PoolLimits::default()));
}

#[test]
fn what_the_file_says_holds() {
    let config = parse(
        "configuration_name = \"Ops\"\nsocket = \"/run/ops\"\nlisten = [\"[::1]:5985\"]\nerror_view = \"concise\"\n\
         record = \"relaxed\"\nprotocol_version = \"2.3\"\n\
         identity.users = { alice = \"CloudAdmin\" }\n\
         [accounts]\nminimum_password_length = 8\nlockout_minutes = 60\n[limits]\nsessions = 3\nobject_bytes = 65536\n",
    );
    assert_eq!(config.configuration_name, "Ops");
    assert_eq!(config.socket.as_deref(), Some(Path::new("/run/ops")));
    assert_eq!(config.listen, ["[::1]:5985".parse().unwrap()]);
    assert_eq!((config.error_view, config.record), (ErrorView::Concise, Durability::Relaxed));
    assert_eq!(config.protocol_version, PoolConfig::V2_3);
    assert_eq!(config.identity.unwrap().users["alice"], "CloudAdmin");
    assert_eq!(config.accounts.policy().password.minimum_length, 8);
    assert_eq!(config.accounts.policy().lockout.duration, Duration::from_hours(1));
    assert_eq!((config.limits.sessions.get(), config.limits.pool().pipeline.object), (3, 65536));
}

#[test]
fn a_mistake_is_shown_in_its_line_with_a_suggestion() {
    assert_eq!(
        refusal("# Our endpoint\n\n[accounts]\n  lockout_treshold = 5   # guesses\n"),
        "pepd.toml:4:3: unknown key `lockout_treshold`\n  \
         |\n\
         4 |   lockout_treshold = 5   # guesses\n  \
         |   ^^^^^^^^^^^^^^^^ did you mean `lockout_threshold`?"
    );
}

/// A file, what is said of it, and the end of the marked line.
const REFUSED: &[(&str, &str, &str)] = &[
    ("error_vew = \"normal\"", "1:1: unknown key `error_vew`", "^^^^^^^^^ did you mean `error_view`?"),
    ("Listen = []", "1:1: unknown key `Listen`", "^^^^^^ did you mean `listen`?"),
    ("protocol-version = \"2.3\"", "1:1: unknown key `protocol-version`", "did you mean `protocol_version`?"),
    ("lockout_minutes = 5", "1:1: unknown key `lockout_minutes`", "`lockout_minutes` stands under [accounts]"),
    ("[limits]\nrecord = \"strict\"", "2:1: unknown key `record`", "`record` stands above the first section"),
    ("[identiy]\nusers = {}", "1:2: unknown key `identiy`", "^^^^^^^ did you mean `identity`?"),
    ("[identity]\npeople = {}", "2:1: unknown key `people`", "keys here: `users`, `groups`"),
    (
        "error_view = \"norml\"",
        "1:14: \"norml\" is none of \"normal\", \"concise\"",
        "             ^^^^^^^ did you mean \"normal\"?",
    ),
    ("record = \"off\"", "\"off\" is none of \"strict\", \"relaxed\"", "^^^^^"),
    ("record = \"Strict\"", "\"Strict\" is none of \"strict\", \"relaxed\"", "did you mean \"strict\"?"),
    ("protocol_version = \"3\"", "\"3\" is none of \"2.4\", \"2.3\"", "^^^"),
    ("protocol_version = 2.4", "invalid type: floating point `2.4`, expected \"2.4\" or \"2.3\"", "^^^"),
    ("configuration_name = \"\"", "a configuration name is 1 to 128 letters", "^^"),
    ("configuration_name = \"a b\"", "a configuration name is 1 to 128 letters", "^^^^^"),
    ("socket = \"run/pepd\"", "the path of the socket starts with `/`", "^^^^^^^^^^"),
    ("socket = \"/\"", "the path of a socket ends with its file name", "^^^"),
    ("listen = \"127.0.0.1:5985\"", "expected a list of addresses with ports", "^"),
    ("listen = [\"0.0.0.0:5985\", \"localhost:5985\"]", "1:27: `localhost:5985` is not an address and a port", "^"),
    ("[journal]\nwarn_below = \"much\"", "2:14: `much` is not a size or a percentage", "^^^^^^"),
    ("[journal]\nrefuse_below = 5", "expected a size or a percentage in quotes, such as \"200MB\" or \"5%\"", "^"),
    ("[journal]\nsyslog = \"dev/log\"", "2:10: the path of the file starts with `/`", "^^^^^^^^^"),
    ("listen = [\"127.0.0.1:0\"]", "clients cannot know port 0", "^"),
    ("identity.users = [\"alice\"]", "expected local names with accounts, such as { alice = \"CloudAdmin\" }", "^"),
    (
        "identity.users = { alice = 'AZS\\alice' }",
        "names a domain. Accounts of this endpoint have none: write 'alice'.",
        "^",
    ),
    ("winrm.principals = { alice = \"CloudAdmin\" }", "`alice` is not a Kerberos principal: write `user@REALM`", "^"),
    ("accounts.minimum_password_length = 0", "0 is not a whole number from 1 to 128", "^"),
    ("accounts.minimum_password_length = \"14\"", "expected a whole number from 1 to 128", "^^^^"),
    ("accounts.password_history = 65", "65 is not a whole number from 0 to 64", "^^"),
    ("accounts.password_complexity = \"yes\"", "invalid type: string \"yes\", expected true or false", "^^^^^"),
    ("limits.sessions = -1", "-1 is not a whole number from 1 to 100000", "^^"),
    ("limits.sessions = 99999999999", "99999999999 is not a whole number from 1 to 100000", "^"),
    ("record = \"strict\"\nrecord = \"strict\"", "2:1: `record` is set a second time", "^^^^^^"),
    ("record = strict", "1:10: string values must be quoted", "^^^^^^ did you mean \"strict\"?"),
    ("record \"strict\"", "1:8: ", "^"),
    ("listen = [", "1:11: ", "^"),
    ("übung = 1", "1:1: ", "^"),
    ("socket = \"/ä\u{1F600}\" record = 1", "1:16: ", " |                ^"),
];

#[test]
fn every_mistake_has_its_place_and_its_text() {
    for (file, said, marked) in REFUSED {
        let refusal = refusal(file);
        let (first, last) = (refusal.lines().next().unwrap(), refusal.lines().last().unwrap());
        assert!(first.starts_with("pepd.toml:") && first.contains(said), "{file}\n{refusal}");
        assert!(last.contains('^') && last.contains(marked), "{file}\n{refusal}");
    }
}

#[test]
fn a_path_longer_than_a_socket_can_have_is_refused() {
    let path = format!("/{}", "a".repeat(107));
    let refusal = refusal(&format!("socket = \"{path}\""));
    assert!(refusal.contains("has at most 107 bytes, and this one has 108"), "{refusal}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::read(Path::new("/no/such/pepd.toml")).unwrap_err().to_string();
    assert!(error.starts_with("Cannot read /no/such/pepd.toml: "), "{error}");
}

#[test]
fn every_documented_key_is_taken_and_its_default_is_the_default() {
    for key in KEYS {
        let file = |value: &str| match key.section {
            "" => format!("{} = {value}", key.name),
            section => format!("{section}.{} = {value}", key.name),
        };
        assert_ne!(parse(&file(key.example)), Config::default(), "{}: the example is another value", key.name);
        if !key.default.is_empty() {
            let identity = Config { identity: Some(Identity::default()), ..Config::default() };
            let expected = if key.section == "identity" { identity } else { Config::default() };
            assert_eq!(parse(&file(key.default)), expected, "{}", key.name);
        }
    }
}

#[test]
fn every_key_is_documented() {
    let sections = ["", "identity", "accounts", "audit", "logs", "winrm", "journal", "limits"];
    for section in sections {
        let error = match section {
            "" => toml::from_str::<Config>("no_such_key = 1").unwrap_err(),
            section => toml::from_str::<Config>(&format!("{section}.no_such_key = 1")).unwrap_err(),
        };
        let known = error.message().split('`').skip(3).step_by(2).filter(|name| !sections.contains(name));
        let documented = KEYS.iter().filter(|key| key.section == section).map(|key| key.name);
        assert_eq!(known.collect::<Vec<_>>(), documented.collect::<Vec<_>>(), "[{section}]");
    }
}

#[test]
fn the_page_is_made_from_the_keys() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, reference()).unwrap();
    }
    let stands = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(stands, reference(), "UPDATE_DOCS=1 cargo nextest run the_page_is_made_from_the_keys");
}

#[test]
fn the_example_of_the_page_is_taken() {
    let page = reference();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    parse(example);
}

#[test]
fn the_mistake_of_the_page_is_what_is_printed() {
    assert!(reference().contains(&refusal("error_vew = \"concise\"")));
}
