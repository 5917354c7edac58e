//! Out-Default, Clear-Host, Exit-PSSession.

use clixml::{Object, Version};
use cmdlet::format::ErrorView;
use cmdlet::{Cmdlet, CommandTable, Ps, Run, Terminate, Value};
use commands::builtin::builtins;
use psrp::host_call::{BufferCell, Coordinates, HostCall, Rectangle};
use psrp::record::{ErrorCategory, ErrorDetails, ErrorRecord, Exception};

use crate::engine::{Session, calls, merged};

/// Writes a line, an error, a line.
#[derive(Cmdlet)]
#[cmdlet(verb = "Test", noun = "Failure", module = "Contoso")]
struct TestFailure {}

impl Run for TestFailure {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        ps.write("before").await?;
        ps.write_error(failure(&["System.Exception", "System.Object"]).activity("Test-Failure")).await?;
        ps.write("after").await
    }
}

fn failure(type_names: &'static [&'static str]) -> ErrorRecord {
    ErrorRecord::new(Exception::new(type_names, "it failed"), "ItFailed,Test-Failure", ErrorCategory::InvalidResult)
}

fn table() -> CommandTable {
    builtins(CommandTable::new()).module("Contoso", Version::new(1, 2)).add::<TestFailure>()
}

/// What the client's console sends back to be shown after a line has failed.
fn reported() -> Value {
    let names: &[&str] = &["System.Management.Automation.RemoteException", "System.Exception", "System.Object"];
    let exception = Exception::new(
        names,
        "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.",
    );
    ErrorRecord::new(exception, "ScriptsNotAllowed", ErrorCategory::ParserError)
        .target("$x=1", "$x=1", "String")
        .to_value()
}

#[test]
fn the_command_list_is_the_table_of_a_real_session() {
    let screen = Session::new(table()).run("Get-Command | Out-Default").unwrap().screen();
    assert_eq!(screen[0], "");
    assert_eq!(
        screen[1],
        "\u{1b}[32;1mCommandType    \u{1b}[0m\u{1b}[32;1m Name                                              \u{1b}[0m\
         \u{1b}[32;1m Version   \u{1b}[0m\u{1b}[32;1m Source\u{1b}[0m"
    );
    assert_eq!(
        screen[2],
        "\u{1b}[32;1m-----------    \u{1b}[0m \u{1b}[32;1m----                                              \u{1b}[0m \
         \u{1b}[32;1m-------   \u{1b}[0m \u{1b}[32;1m------\u{1b}[0m"
    );
    assert_eq!(screen[3], "Function        Clear-Host                                                    ");
    assert_eq!(screen[11], "Function        Test-Failure                                       1.2        Contoso");
    assert_eq!(screen[12], "");
    assert_eq!(screen.len(), 13);
}

#[test]
fn a_count_is_a_list_as_in_a_real_session() {
    let screen =
        Session::new(table()).client_version("").run("Get-Command | Measure-Object | Out-Default").unwrap().screen();
    assert_eq!(
        screen,
        [
            "",
            "Count             : 9",
            "Average           : ",
            "Sum               : ",
            "Maximum           : ",
            "Minimum           : ",
            "StandardDeviation : ",
            "Property          : ",
            ""
        ],
        "without colours, as the client did not tell its version"
    );
}

#[test]
fn errors_between_the_output_are_red_and_carry_their_category() {
    let session = Session::new(table());
    let seen = session.run_calls(merged(calls("Test-Failure | Out-Default")), None).unwrap();
    assert_eq!(
        seen.screen(),
        [
            "before",
            "!Test-Failure : it failed",
            "!    + CategoryInfo          : InvalidResult: (:) [Test-Failure], Exception",
            "!    + FullyQualifiedErrorId : ItFailed,Test-Failure",
            "! ",
            "after"
        ]
    );
    assert!(seen.errors.is_empty());
}

#[test]
fn the_concise_view_is_that_of_powershell_7() {
    let session = Session::new(table()).error_view(ErrorView::Concise);
    let seen = session.run_calls(merged(calls("Test-Failure | Out-Default")), None).unwrap();
    assert_eq!(seen.screen(), ["before", "!Test-Failure: it failed", "after"]);
}

#[test]
fn what_the_client_reports_after_a_failed_line_is_shown_to_its_user() {
    let text = "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode.";
    let normal = Session::new(table()).run_with("Out-Default", vec![reported()]).unwrap();
    assert_eq!(
        normal.screen(),
        [
            format!("!{text}"),
            "!    + CategoryInfo          : ParserError: ($x=1:String) [], RemoteException".into(),
            "!    + FullyQualifiedErrorId : ScriptsNotAllowed".into(),
            "! ".into()
        ]
    );
    let session = Session::new(table()).error_view(ErrorView::Concise);
    let concise = session.run_with("Out-Default", vec![reported()]).unwrap();
    assert_eq!(concise.screen(), [format!("Error: {text}")], "captured.md 2.1: one line, not red");
}

#[test]
fn a_recommendation_stands_under_the_concise_message() {
    let mut error = failure(&["System.Exception", "System.Object"]).activity("Write-PepStream");
    error.details = Some(ErrorDetails { message: "error text".into(), recommended_action: Some("try later".into()) });
    let session = Session::new(table()).error_view(ErrorView::Concise);
    let seen = session.run_with("Out-Default", vec![error.to_value()]).unwrap();
    assert_eq!(seen.screen(), ["!Write-PepStream: error text", "!  Recommendation: try later"]);
}

#[test]
fn null_is_refused_as_in_a_real_session() {
    let seen = Session::new(table()).run_with("Out-Default", vec![Value::Null, "after null".into()]).unwrap();
    assert_eq!(seen.screen(), ["after null"]);
    assert_eq!(seen.errors[0].exception.message, "Cannot bind argument to parameter 'InputObject' because it is null.");
}

#[test]
fn a_text_keeps_its_lines_and_signs_in_one_piece() {
    let text = "tab\tcr\rlf\nnul\u{0}esc\u{1b}_x0041_ <&>\"' end";
    assert_eq!(Session::new(table()).run_with("Out-Default", vec![text.into()]).unwrap().screen(), [text]);
}

#[test]
fn out_default_writes_no_objects() {
    let object = Object::custom().note("A", 1);
    assert!(Session::new(table()).run_with("Out-Default", vec![object.into()]).unwrap().objects.is_empty());
}

#[test]
fn j_014_exit_pssession_leaves_an_interactive_session_and_no_other() {
    assert_eq!(Session::new(table()).run("Exit-PSSession").unwrap().calls, [HostCall::PopRunspace]);
    for name in ["Exit-PSSession", "exit"] {
        let error = Session::new(table()).without_host().run(name).unwrap_err();
        assert_eq!(error.fully_qualified_error_id, format!("HostDoesNotSupportPushRunspace,{name}"));
        assert_eq!(error.exception.message, "The host does not support Enter-PSSession and Exit-PSSession.");
        assert_eq!(error.category, ErrorCategory::InvalidArgument);
    }
}

#[test]
fn j_015_clear_host_clears_by_host_calls() {
    for name in ["Clear-Host", "cls", "clear"] {
        let blank = BufferCell { character: 32, foreground_color: 7, background_color: 0, buffer_cell_type: 0 };
        let everything = Rectangle { left: -1, top: -1, right: -1, bottom: -1 };
        assert_eq!(
            Session::new(table()).client_version("5.1.26100.1").run(name).unwrap().calls,
            [HostCall::SetCursorPosition(Coordinates { x: 0, y: 0 }), HostCall::SetBufferContents1(everything, blank)]
        );
        let newer = Session::new(table()).run(name).unwrap().calls;
        assert_eq!(
            newer,
            [HostCall::Write1("\u{1b}[H\u{1b}[2J\u{1b}[3J".into())],
            "PowerShell on Unix has no rectangles"
        );
    }
}
