//! The help of the endpoint's commands is good enough to work from.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use cmdlet::CommandInfo;
use cmdlet::discover::missing_help;

fn commands() -> impl Iterator<Item = &'static CommandInfo> {
    commands::table().commands().collect::<Vec<_>>().into_iter()
}

#[test]
fn every_command_and_every_parameter_has_help_of_more_than_one_word() {
    assert_eq!(missing_help(&commands::table()), Vec::<String>::new());
}

#[test]
fn every_command_says_what_it_does_in_a_sentence_and_more_about_it_behind() {
    for info in commands() {
        assert!(
            info.synopsis.ends_with('.') && info.synopsis.split(' ').count() > 2,
            "{}: {}",
            info.name,
            info.synopsis
        );
        assert!(info.description.split(' ').count() > 5, "{}: {}", info.name, info.description);
        assert!(!info.description.starts_with(info.synopsis), "{} says it twice", info.name);
    }
}

#[test]
fn every_command_has_an_example_that_calls_it_and_says_what_comes_of_it() {
    for info in commands() {
        assert!(!info.examples.is_empty(), "{} has no example", info.name);
        for example in info.examples {
            assert!(example.code.contains(info.name), "{}: {}", info.name, example.code);
            assert!(example.remarks.split(' ').count() > 1, "{}: {}", info.name, example.code);
        }
    }
}

#[test]
fn every_mandatory_parameter_is_told_from_the_others_by_its_help() {
    for info in commands() {
        let mut texts: Vec<_> = info.parameters.iter().map(|parameter| parameter.help).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), info.parameters.len(), "{}: two parameters have the same help", info.name);
    }
}
