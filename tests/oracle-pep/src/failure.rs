//! Commands that write errors, as `Write-Error`, `throw` and .NET do it inside a PowerShell function.

use clixml::{Guid, Object, Str, Value};
use cmdlet::{ActionPreference, Cmdlet, Ps, Run, Terminate};
use psrp::record::{ErrorCategory, ErrorDetails, ErrorRecord, Exception};

/// What `Write-Error` in a function makes.
pub(crate) fn write_error(ps: &Ps<'_>, message: &str, id: Option<&str>) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "Microsoft.PowerShell.Commands.WriteErrorException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        message,
    );
    let id = format!("{},{}", id.unwrap_or("Microsoft.PowerShell.Commands.WriteErrorException"), ps.info().name);
    ErrorRecord::new(exception, id, ErrorCategory::NotSpecified).activity("Write-Error")
}

/// What `throw` in a function makes.
fn thrown(text: &str, target: Value, target_name: &str, target_type: &str) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        text,
    );
    let mut exception = exception;
    exception.properties.push("WasThrownFromThrowStatement", true);
    ErrorRecord::new(exception, text, ErrorCategory::OperationStopped).target(target, target_name, target_type)
}

/// Fails in a chosen way.
#[derive(Cmdlet)]
#[cmdlet(verb = "Invoke", noun = "PepFailure", module = "OraclePep")]
pub struct InvokePepFailure {
    #[parameter(
        set(
            "Throw",
            "ThrowTerminating",
            "WriteError",
            "TwoErrors",
            "DotNet",
            "Cmdlet",
            "Stop",
            "ThrowObject",
            "Details"
        ),
        default = "Throw"
    )]
    kind: String,
}

impl Run for InvokePepFailure {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        ps.write("before").await?;
        match self.kind.to_ascii_lowercase().as_str() {
            "throw" if quiet(ps) => {}
            "throw" => {
                let error = thrown("thrown text", "thrown text".into(), "thrown text", "String");
                return Err(error.into());
            }
            "throwterminating" => return Err(terminating().into()),
            "writeerror" => {
                let error = write_error(ps, "written error", None);
                ps.write_error(error).await?;
            }
            "twoerrors" => {
                for message in ["first error", "second error"] {
                    let error = write_error(ps, message, None);
                    ps.write_error(error).await?;
                }
            }
            "dotnet" => ps.write_error(dot_net()).await?,
            "cmdlet" => ps.write_error(inner_cmdlet()).await?,
            "stop" => return Err(Terminate::Script(Box::new(write_error(ps, "stopping error", None)))),
            "throwobject" => {
                let table = clixml::Content::Dictionary(vec![("a".into(), 1.into())]);
                let target = Object::with_type_names(&["System.Collections.Hashtable", "System.Object"]).content(table);
                let name = "System.Collections.Hashtable";
                return Err(thrown(name, target.into(), name, "Hashtable").into());
            }
            _ => ps.write_error(details()).await?,
        }
        ps.write("after").await
    }
}

/// `throw` under `-ErrorAction SilentlyContinue` goes on.
fn quiet(ps: &Ps<'_>) -> bool {
    ps.bound().common().error_action == Some(ActionPreference::SilentlyContinue)
}

fn terminating() -> ErrorRecord {
    let exception = Exception::new(
        &["System.InvalidOperationException", "System.SystemException", "System.Exception", "System.Object"],
        "terminating text",
    );
    ErrorRecord::new(exception, "PepTerminating,Invoke-PepFailure", ErrorCategory::InvalidOperation)
        .target("target-1", "target-1", "String")
        .activity("Invoke-PepFailure")
}

/// What a .NET method that throws becomes inside a function.
pub(crate) fn method_invocation(message: String, id: &str) -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.MethodInvocationException",
            "System.Management.Automation.MethodException",
            "System.Management.Automation.ExtendedTypeSystemException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        message,
    );
    let mut record = ErrorRecord::new(exception, id, ErrorCategory::NotSpecified);
    record.invocation_info = invocation_info(None);
    record
}

/// Where inside the function it happened: in this cmdlet, or in none.
pub(crate) fn invocation_info(cmdlet: Option<&str>) -> Value {
    Object::with_type_names(&["System.Management.Automation.InvocationInfo", "System.Object"])
        .text("System.Management.Automation.InvocationInfo")
        .adapted("MyCommand", cmdlet)
        .into()
}

/// `ConvertFrom-SecureString` without one, as the module's function calls it when nobody gave an answer.
pub(crate) fn secure_string_is_null() -> ErrorRecord {
    let mut exception = Exception::new(
        &[
            "System.Management.Automation.ParameterBindingValidationException",
            "System.Management.Automation.ParameterBindingException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "Cannot bind argument to parameter 'SecureString' because it is null.",
    );
    let properties = &mut exception.properties;
    properties.push("ParameterName", "SecureString");
    properties.push("ParameterType", "System.Security.SecureString");
    properties.push("TypeSpecified", Value::Null);
    properties.push("ErrorId", "ParameterArgumentValidationErrorNullNotAllowed");
    properties.push("Line", 166_i64);
    properties.push("Offset", 54_i64);
    properties.push("CommandInvocation", "System.Management.Automation.InvocationInfo");
    let id = "ParameterArgumentValidationErrorNullNotAllowed,\
              Microsoft.PowerShell.Commands.ConvertFromSecureStringCommand";
    let mut record = ErrorRecord::new(exception, id, ErrorCategory::InvalidData).activity("ConvertFrom-SecureString");
    record.invocation_info = invocation_info(Some("ConvertFrom-SecureString"));
    record
}

/// A method of what is not there.
pub(crate) fn null_valued_expression() -> ErrorRecord {
    let exception = Exception::new(
        &[
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "You cannot call a method on a null-valued expression.",
    );
    ErrorRecord::new(exception, "InvokeMethodOnNull", ErrorCategory::InvalidOperation)
}

fn dot_net() -> ErrorRecord {
    let message =
        "Exception calling \"Parse\" with \"1\" argument(s): \"The input string 'x' was not in a correct format.\"";
    method_invocation(message.into(), "FormatException")
}

fn inner_cmdlet() -> ErrorRecord {
    const PATH: &str = "/no-such-place";
    let mut exception = Exception::new(
        &[
            "System.Management.Automation.ItemNotFoundException",
            "System.Management.Automation.SessionStateException",
            "System.Management.Automation.RuntimeException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        format!("Cannot find path '{PATH}' because it does not exist."),
    );
    exception.properties.push("ItemName", PATH);
    exception.properties.push("SessionStateCategory", "Drive");
    let mut record = ErrorRecord::new(
        exception,
        "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand",
        ErrorCategory::ObjectNotFound,
    )
    .target(PATH, PATH, "String")
    .activity("Get-Item");
    record.invocation_info = invocation_info(Some("Get-Item"));
    record
}

fn details() -> ErrorRecord {
    let mut exception = Exception::new(
        &[
            "System.IO.FileNotFoundException",
            "System.IO.IOException",
            "System.SystemException",
            "System.Exception",
            "System.Object",
        ],
        "inner text",
    );
    exception.properties.push("FileName", Value::Null);
    exception.properties.push("FusionLog", Value::Null);
    let id: Guid = Guid::from_u128(0x1111_1111_2222_3333_4444_5555_5555_5555);
    let name: Str = id.to_string().into();
    let mut record = ErrorRecord::new(exception, "PepDetails,Invoke-PepFailure", ErrorCategory::ObjectNotFound)
        .target(id, name, "Guid")
        .activity("Invoke-PepFailure");
    record.details = Some(ErrorDetails { message: "details text".into(), recommended_action: Some("do this".into()) });
    record
}
