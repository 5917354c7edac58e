use std::thread;

use audit::Kind;
use cmdlet::{Cmdlet, CommandInfo, Ps, Run, Terminate};
use futures_channel::mpsc;
use futures_util::StreamExt as _;
use psrp::host_call::{HostCall, HostReply, PsCredential};
use psrp::record::{ErrorCategory, ErrorRecord, ProgressRecord, ProgressType};

use crate::audit_event;
use crate::cloud_admin::{ARGUMENT, INVALID_OPERATION, UNAUTHORIZED, record};
use crate::transcripts::{HandedOver, Refused, Transcripts};

/// Hands over the transcripts of the endpoint, and ends the session.
///
/// The transcripts are those of this session and of every session before that ended without this command. They become one new item,
/// Transcripts_COMPUTER_TIME, in the given share or folder: for each session its sealed record, a transcript in PowerShell's layout,
/// and a file for Import-Clixml; besides, the signed checkpoints and the public key to verify them with. Whatever was copied is read
/// back, and only then leaves the endpoint. After that the session ends, and what it did until then goes after the rest.
///
/// If anything fails, the error says what and why, nothing leaves the endpoint, and the session stays as it is.
///
/// # Examples
/// ```powershell
/// Close-PrivilegedEndpoint -TranscriptsPathDestination \\files.example.com\transcripts -Credential CONTOSO\carol
/// ```
/// Asks for Carol's password and hands the transcripts over to a share.
///
/// ```powershell
/// Close-PrivilegedEndpoint
/// ```
/// Asks for the share or folder, and for the credential if it is a share.
///
/// ```powershell
/// Invoke-Command $session { Close-PrivilegedEndpoint -TranscriptsPathDestination $using:path -Credential $using:credential }
/// ```
/// Takes the transcripts that earlier sessions left, from a script.
///
/// ```powershell
/// Close-PrivilegedEndpoint -TranscriptsPathDestination /srv/transcripts
/// ```
/// Hands the transcripts over to a folder of the endpoint's computer that its configuration lists.
#[derive(Cmdlet)]
#[cmdlet(verb = "Close", noun = "PrivilegedEndpoint", module = "PrivilegedEndpoint", role = "Operate")]
pub struct ClosePrivilegedEndpoint {
    /// The share, \\server\share or a folder in it, or a folder that the configuration lists. It is asked for when it is not given.
    #[parameter(position = 0)]
    transcripts_path_destination: Option<String>,
    /// Who may write to the share: DOMAIN\user, user@domain, or a user of the server. It is asked for when it is not given; a local
    /// folder needs none.
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
        let path = path.trim().to_owned();
        let transcripts = ps.service::<Transcripts>()?;
        let wants_credential = transcripts.0.wants_credential(&path).map_err(|refused| error(info, &refused))?;
        let credential = match self.credential.take() {
            Some(_) if !wants_credential => {
                ps.warning("A local folder needs no credential; the given one is not used.").await?;
                None
            }
            None if wants_credential => Some(credential(ps, &path).await?),
            given => given,
        };
        let session = ps.session().id.to_string();
        let (told, mut news) = mpsc::unbounded();
        let started = thread::Builder::new().name("transcripts".into()).spawn(move || {
            // nobody hears it any more when the pipeline was stopped; what was begun is done all the same
            let mut done = |done, all| drop(told.unbounded_send(News::Done(done, all)));
            let end = transcripts.0.hand_over(&session, &path, credential.as_ref(), &mut done);
            let _ = told.unbounded_send(News::End(end));
        });
        if let Err(failure) = started {
            return Err(error(info, &Refused::Failed(failure.to_string())).into());
        }
        while let Some(news) = news.next().await {
            match news {
                News::Done(done, all) => ps.progress(progress(done, all, ProgressType::Processing)).await?,
                News::End(Ok(HandedOver { item, sessions })) => {
                    ps.progress(progress(sessions, sessions, ProgressType::Completed)).await?;
                    let text = match item {
                        Some(item) => {
                            audit_event::tell(ps, Kind::Closed, &item);
                            format!("The transcripts of {sessions} session(s) are in {item}. The session ends.")
                        }
                        None => "There are no transcripts to hand over. The session ends.".to_owned(),
                    };
                    ps.write_host(text, None, None, false).await?;
                    return ps.end_session("its transcripts were handed over").await;
                }
                News::End(Err(refused)) => return Err(error(info, &refused).into()),
            }
        }
        Err(error(info, &Refused::Failed("The record did not answer.".into())).into())
    }
}

async fn asked(ps: &mut Ps<'_>) -> Result<String, Terminate> {
    if !ps.session().has_host {
        return Ok(String::new());
    }
    ps.show(HostCall::Write1("Path for the transcripts: ".into())).await?;
    let answer = ps.ask(HostCall::ReadLine).await?;
    Ok(answer.to_invariant_string().to_string())
}

/// Who may write to the share, by the host's own question for credentials.
async fn credential(ps: &mut Ps<'_>, path: &str) -> Result<PsCredential, Terminate> {
    let info = ps.info();
    let missing = |text: String| Terminate::from(error(info, &Refused::Credential(text)));
    if !ps.session().has_host {
        return Err(missing(format!(
            "{path} is entered with a credential, and there is nobody to ask: give one by -Credential."
        )));
    }
    let question = HostCall::PromptForCredential2 {
        caption: "PowerShell credential request".into(),
        message: format!("Enter your credentials for {path}.").into(),
        user_name: "".into(),
        target_name: "".into(),
        allowed_types: 3,
        options: 1,
    };
    let answer = match ps.ask(question).await {
        Err(Terminate::Error(thrown)) => {
            return Err(missing(format!("{path} is entered with a credential: {}", thrown.exception.message)));
        }
        answered => answered?,
    };
    match HostReply::Value(answer).credential() {
        Ok(Some(credential)) => Ok(credential),
        Ok(None) => Err(missing(format!("{path} is entered with a credential, and none was given."))),
        Err(answer) => Err(missing(answer.to_string())),
    }
}

/// What the user is told.
fn error(info: &CommandInfo, refused: &Refused) -> ErrorRecord {
    let stays = |text: &str| format!("The transcripts were not handed over, and the session stays open. {text}");
    let (types, text, id, category) = match refused {
        Refused::Destination(text) => {
            (ARGUMENT, text.clone(), "TranscriptsPathRefused", ErrorCategory::InvalidArgument)
        }
        Refused::Credential(text) => {
            (UNAUTHORIZED, stays(text), "TranscriptsCredentialRefused", ErrorCategory::AuthenticationError)
        }
        Refused::Failed(text) => {
            (INVALID_OPERATION, stays(text), "TranscriptsNotHandedOver", ErrorCategory::WriteError)
        }
    };
    record(info, types, &text, id, category)
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
