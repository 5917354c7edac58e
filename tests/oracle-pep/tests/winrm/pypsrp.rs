//! pypsrp 0.9: its own WSMan, its own PSRP, NTLM and SPNEGO by pyspnego. The stories are in `pypsrp_stories.py`.

use std::path::Path;

use negotiate::BindingPolicy;
use psrp::pool::server::Config;
use support::machine;
use tokio::process::Command;

use oracle_pep::winrm::{PASSWORD, Server};

/// Tells one story, and fails with what Python says.
async fn tell(server: &Server, story: &str, arguments: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/winrm/pypsrp_stories.py");
    let told = Command::new(machine::python())
        .arg(script)
        .arg(story)
        .args([server.http.port().to_string(), server.https.port().to_string(), PASSWORD.to_owned()])
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success() && printed.trim_end().ends_with("told"), "{story}\n{printed}{errors}");
}

/// One test a story.
macro_rules! stories {
    ($($story:ident)*) => { $(
        #[tokio::test(flavor = "multi_thread")]
        async fn $story() {
            tell(&Server::start().await, stringify!($story), &[]).await;
        }
    )* };
}

stories! {
    w_112_a_sealed_session_by_negotiate_and_by_raw_ntlm
    w_112_https_by_negotiate_with_its_channel_binding_by_ntlm_and_by_basic
    w_033_a_name_may_be_written_in_every_way
    w_030_a_wrong_password_and_an_unknown_name_are_refused_alike
    every_stream_arrives_as_its_own
    host_calls_are_answered
    a_stop_ends_a_long_command_and_the_session_goes_on
    objects_of_every_kind_come_back_as_they_went
    input_is_streamed_in_and_output_out
    large_input_and_output_travel_in_many_envelopes
    secure_strings_travel_both_ways
    a_session_is_left_and_taken_up_again
    another_configuration_is_not_there
    scripts_are_refused
    the_high_level_client_runs_no_script
    two_pipelines_run_side_by_side_when_the_pool_allows
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_of_the_same_account_takes_a_session_over() {
    let server = Server::start().await;
    tell(&server, "leave_a_session_with_a_running_command", &[]).await;
    tell(&server, "take_the_session_over", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w_014_nobody_sees_or_takes_the_session_of_another_account() {
    let server = Server::start().await;
    tell(&server, "leave_a_session_with_a_running_command", &[]).await;
    tell(&server, "find_no_session_of_others", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_strict_binding_https_wants_the_certificate_s_hash() {
    let server = Server::start_with(|options, _| options.binding = BindingPolicy::Strict).await;
    tell(&server, "bound_to_the_certificate_or_refused", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_2_3_secure_strings_travel_under_a_session_key() {
    let server = Server::start_with(|_, psrp| psrp.protocol = Config::V2_3).await;
    tell(&server, "secure_strings_travel_both_ways", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_sessions_of_one_account_are_refused_with_the_quota_s_fault() {
    let server = Server::start_with(|options, _| options.shells_per_user = 2).await;
    tell(&server, "a_third_session_is_over_the_quota", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_over_winrm_is_on_record_with_the_client_s_address() {
    let server = Server::start().await;
    tell(&server, "secure_strings_travel_both_ways", &[]).await;
    let record = server.record();
    for wanted in ["\"transport\":\"winrm\"", "\"account\":\"alice\"", "127.0.0.1:", "New-PepUser"] {
        assert!(record.contains(wanted), "{wanted}");
    }
    assert!(!record.contains("hunter2"), "a secret is on record");
}
