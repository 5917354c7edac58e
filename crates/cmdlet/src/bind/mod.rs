//! Binding arguments to a command's parameters in the order that PowerShell works in (jea.md 3.3).

mod argument_list;
mod common;
mod failure;
pub(crate) use failure::invocation_info;
mod mandatory;
mod name;
mod one;
mod pipeline;
mod sets;

use clixml::{Str, Value};
use psrp::record::ErrorRecord;

pub use common::{
    ACTION_PREFERENCE, ActionPreference, COMMON_PARAMETERS, SHOULD_PROCESS_PARAMETERS, common_parameters,
};
pub(crate) use sets::Sets;

use crate::{Argument, Bound, CommandInfo, CommonParameters, ParameterInfo, prompt};
use argument_list::{ArgumentList, Interruption};
use one::{Failure, Given};

/// Binds a command's arguments. `input` says whether objects will come from the pipeline: from another command or from the client.
///
/// # Errors
/// The terminating error that the client sees (jea.md 3.2 to 3.6).
pub fn bind(info: &'static CommandInfo, arguments: Vec<Argument>, input: bool) -> Result<Binding, ErrorRecord> {
    let mut binding =
        Binding { bound: Bound::new(info), arguments, input, answers: Vec::new(), question: None, missing: Vec::new() };
    binding.start()?;
    Ok(binding)
}

/// `-?` anywhere among the arguments asks for the command's help instead of the command.
pub fn wants_help(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| match argument {
        Argument::Name(name) | Argument::Pair(name, _) => name == "?",
        Argument::Value(_) => false,
    })
}

/// A command on its way to being bound: somebody may have to be asked first.
#[derive(Debug)]
pub struct Binding {
    bound: Bound,
    arguments: Vec<Argument>,
    input: bool,
    answers: Vec<(&'static str, Value)>,
    question: Option<CredentialQuestion>,
    missing: Vec<&'static ParameterInfo>,
}

/// A user name was given where a credential is wanted, or nothing where one must be: the password is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialQuestion {
    /// The parameter.
    pub parameter: &'static str,
    /// The user name given, or nothing.
    pub user_name: Str,
}

impl Binding {
    /// From the first argument on; starts again when a credential was asked for.
    fn start(&mut self) -> Result<(), ErrorRecord> {
        self.bound = Bound::new(self.bound.info);
        self.missing.clear();
        match self.run() {
            Ok(()) => Ok(()),
            Err(Interruption::Question(question)) => {
                self.question = Some(question);
                Ok(())
            }
            Err(Interruption::Error(error)) => Err(*error),
        }
    }

    fn run(&mut self) -> Result<(), Interruption> {
        let bound = &mut self.bound;
        let mut list = ArgumentList::read(bound.info, self.arguments.clone())?;
        list.bind_named(bound, &self.answers)?;
        list.bind_positional(bound, &self.answers)?;
        bound.choose_set(true, false)?;
        list.bind_remaining(bound)?;
        list.verify_processed(bound.info)?;
        let mut count = bound.choose_set(self.input, !self.input)?;
        if self.input && count > 1 {
            let before = bound.sets;
            bound.keep_sets_with_input();
            if bound.sets != before {
                count = bound.choose_set(true, false)?;
            }
        }
        self.missing = bound.missing_mandatory_parameters(count, self.input)?;
        Ok(())
    }

    /// A credential of which only the user name is known; to be answered before anything else, and then asked for again.
    pub fn credential_question(&self) -> Option<&CredentialQuestion> {
        self.question.as_ref()
    }

    /// Answers the question with a credential or, if the user gave none, with `$null`.
    pub fn answer_credential(&mut self, answer: Value) -> Result<(), ErrorRecord> {
        let Some(question) = self.question.take() else { return Ok(()) };
        self.answers.push((question.parameter, answer));
        self.start()
    }

    /// The error with which the command ends when the host could not ask for the credential.
    pub fn credential_refused(&self, error: &ErrorRecord) -> ErrorRecord {
        let parameter = self.question.as_ref().map_or("", |question| question.parameter);
        one::credential_refused(self.bound.info, parameter, error)
    }

    /// Mandatory parameters of the chosen set that nothing was given for; to be prompted for.
    pub fn missing(&self) -> &[&'static ParameterInfo] {
        &self.missing
    }

    /// Takes a prompt's answer: converts it and checks it like an argument.
    pub fn supply(&mut self, parameter: &'static ParameterInfo, answer: &Value) -> Result<(), ErrorRecord> {
        let given = Given::prompted(answer);
        self.bound.bind_value(parameter, &given, true).map_err(Failure::into_record)?;
        self.missing.retain(|missing| missing.name != parameter.name);
        Ok(())
    }

    /// The bound command.
    ///
    /// # Errors
    /// MissingMandatoryParameter if something is still missing, the same for a credential nobody asked for, and the refusal of `-OutVariable` and its like.
    pub fn finish(mut self) -> Result<Bound, ErrorRecord> {
        if self.question.is_some() {
            let nobody = prompt::host_function_not_implemented(prompt::CREDENTIAL_MESSAGE);
            return Err(self.credential_refused(&nobody));
        }
        if !self.missing.is_empty() {
            let names: Vec<_> = self.missing.iter().map(|parameter| parameter.name).collect();
            return Err(self.bound.missing_mandatory(&names));
        }
        if !self.input {
            self.bound.verify_set_selected()?;
        }
        if self.bound.names_variable {
            return Err(failure::variable_refused());
        }
        self.bound.sets_before_input = self.bound.sets;
        Ok(self.bound)
    }
}

impl Bound {
    fn new(info: &'static CommandInfo) -> Bound {
        Bound {
            info,
            sets: Sets::ALL,
            sets_before_input: Sets::ALL,
            preferred_set: Sets::NONE,
            values: Vec::new(),
            common: CommonParameters::default(),
            common_names: Vec::new(),
            names_variable: false,
        }
    }
}
