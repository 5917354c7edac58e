use std::time::Instant;

use cmdlet::discover::{complete, completer, no_completion};
use cmdlet::{Cmdlet, Ps, Run, Terminate, Value};

use super::completion_rate::CompletionRate;

/// Completes a line that is being typed.
///
/// Clients call it when the Tab key is pressed. It looks up names, parameters and values of the commands of this session, and
/// nothing else. Who asks faster than anybody can press keys gets nothing for a while.
#[derive(Cmdlet)]
#[cmdlet(name = "TabExpansion2", role = "Session", output = "System.Management.Automation.CommandCompletion")]
pub struct TabExpansion2 {
    /// The line.
    #[parameter(mandatory, position = 0, allow_empty_string)]
    input_script: String,
    /// Where the cursor stands in it, in UTF-16 units; at its end if nothing is said.
    #[parameter(position = 1)]
    cursor_column: Option<i32>,
    /// Accepted and ignored.
    #[parameter(position = 2)]
    options: Value,
}

impl Run for TabExpansion2 {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let _ = &self.options;
        let cursor = self.cursor_column.map_or(usize::MAX, |column| usize::try_from(column).unwrap_or(0));
        // an endpoint without the service, one of a test, does not count
        let rate = ps.service::<CompletionRate>().ok();
        if rate.is_some_and(|rate| !rate.admits(&ps.session().account, Instant::now())) {
            return ps.write(no_completion()).await;
        }
        let known = match completer(ps.table(), &self.input_script, cursor) {
            Some(completer) => completer(ps).await,
            None => Vec::new(),
        };
        let completion = complete(ps.table(), &self.input_script, cursor, &known);
        ps.write(completion).await
    }
}
