use std::thread;

use audit::Kind;
use cmdlet::{Cmdlet, CommandInfo, Ps, Run, Terminate};
use futures_channel::mpsc;
use futures_util::StreamExt as _;
use psrp::host_call::{HostCall, PsCredential};
use psrp::record::{ErrorCategory, ErrorRecord, ProgressRecord, ProgressType};

use crate::audit_event;
use crate::cloud_admin::{INVALID_OPERATION, record};
use crate::transcripts::{HandedOver, Refused, Transcripts};

/// Hands over the transcripts of the endpoint: those of this session and of every session before that ended without this command.
///
/// They become one new item, Transcripts_COMPUTER_TIME, in the given folder: for each session its record and a transcript in
/// PowerShell's layout. What was copied whole leaves the endpoint. What this session does from then on goes after it when the session
/// ends. If anything fails, nothing leaves the endpoint, and the session stays as it is.
///
/// # Examples
/// ```powershell
/// Close-PrivilegedEndpoint
/// ```
/// Asks for the folder.
///
/// ```powershell
/// Close-PrivilegedEndpoint -TranscriptsPathDestination /srv/transcripts
/// ```
/// Hands the transcripts over to a folder that the endpoint's configuration lists.
#[derive(Cmdlet)]
#[cmdlet(verb = "Close", noun = "PrivilegedEndpoint", module = "PrivilegedEndpoint", role = "Operate")]
pub struct ClosePrivilegedEndpoint {
    /// The folder; it is asked for when it is not given.
    #[parameter(position = 0)]
    transcripts_path_destination: Option<String>,
    /// Who may write there; a local folder needs nobody.
    #[parameter(position = 1)]
    credential: Option<PsCredential>,
}

enum News {
    Done(usize, usize),
    End(Result<HandedOver, Refused>),
}

impl Run for ClosePrivilegedEndpoint {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let info = ps.info();
        let path = match self.transcripts_path_destination.take() {
            Some(path) => path,
            None => asked(ps).await?,
        };
        if path.trim().is_empty() {
            let text = "There is no path for the transcripts. The session stays open: give one by -TranscriptsPathDestination.";
            return Err(record(info, ARGUMENT, text, "TranscriptsPathMissing", ErrorCategory::InvalidArgument).into());
        }
        if self.credential.is_some() {
            ps.warning("A local folder needs no credential; the given one is not used.").await?;
        }
        let (transcripts, session) = (ps.service::<Transcripts>()?, ps.session().id.to_string());
        let (told, mut news) = mpsc::unbounded();
        let started = thread::Builder::new().name("transcripts".into()).spawn(move || {
            // nobody hears it any more when the pipeline was stopped; what was begun is done all the same
            let mut done = |done, all| drop(told.unbounded_send(News::Done(done, all)));
            let end = transcripts.0.hand_over(&session, path.trim(), &mut done);
            let _ = told.unbounded_send(News::End(end));
        });
        if let Err(error) = started {
            return Err(failed(info, &error.to_string()).into());
        }
        while let Some(news) = news.next().await {
            match news {
                News::Done(done, all) => ps.progress(progress(done, all, ProgressType::Processing)).await?,
                News::End(Ok(HandedOver { item, sessions })) => {
                    ps.progress(progress(sessions, sessions, ProgressType::Completed)).await?;
                    let text = format!(
                        "The transcripts of {sessions} session(s) are in {item}. What this one does from now on goes after it."
                    );
                    audit_event::tell(ps, Kind::Closed, &item);
                    return ps.write_host(text, None, None, false).await;
                }
                News::End(Err(Refused::Destination(text))) => {
                    let id = "TranscriptsPathRefused";
                    return Err(record(info, ARGUMENT, &text, id, ErrorCategory::InvalidArgument).into());
                }
                News::End(Err(Refused::Failed(text))) => return Err(failed(info, &text).into()),
            }
        }
        Err(failed(info, "The record did not answer.").into())
    }
}

const ARGUMENT: &[&str] = &["System.ArgumentException", "System.SystemException", "System.Exception", "System.Object"];

async fn asked(ps: &mut Ps<'_>) -> Result<String, Terminate> {
    if !ps.session().has_host {
        return Ok(String::new());
    }
    ps.show(HostCall::Write1("Path for the transcripts: ".into())).await?;
    let answer = ps.ask(HostCall::ReadLine).await?;
    Ok(answer.to_invariant_string().to_string())
}

fn failed(info: &CommandInfo, text: &str) -> ErrorRecord {
    let text = format!("The transcripts were not handed over, and the session stays open. {text}");
    record(info, INVALID_OPERATION, &text, "TranscriptsNotHandedOver", ErrorCategory::WriteError)
}

fn progress(done: usize, all: usize, kind: ProgressType) -> ProgressRecord {
    ProgressRecord {
        activity: "Handing over the transcripts".into(),
        activity_id: 0,
        status_description: format!("{done} of {all}").into(),
        current_operation: None,
        parent_activity_id: -1,
        percent_complete: i32::try_from(done * 100 / all.max(1)).unwrap_or(-1),
        kind,
        seconds_remaining: -1,
    }
}
