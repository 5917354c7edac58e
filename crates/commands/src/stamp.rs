//! How commands come to the inventory.

use std::sync::Arc;
use std::thread;

use cmdlet::{Ps, Terminate};
use futures_channel::oneshot;
use inventory::{Inventory, InventorySource, PowerPlan};
use psrp::record::ErrorCategory;

use crate::cloud_admin::{INVALID_OPERATION, record};

/// The inventory as it is now, read on a thread of its own. One that is not understood is told whole: each mistake with its place.
pub(crate) async fn read_inventory(ps: &mut Ps<'_>) -> Result<Arc<Inventory>, Terminate> {
    let (info, source) = (ps.info(), ps.service::<InventorySource>()?);
    let (sender, answer) = oneshot::channel();
    let started = thread::Builder::new().name("inventory".into()).spawn(move || {
        let _ = sender.send(source.read()); // nobody waits any more for a stopped pipeline
    });
    let refused = |text: String| {
        let text =
            format!("The inventory of this endpoint cannot be used. `pepd check` says the same on the host.\n{text}");
        record(info, INVALID_DATA, &text, "InventoryNotValid", ErrorCategory::InvalidData)
    };
    if let Err(error) = started {
        return Err(refused(error.to_string()).into());
    }
    match answer.await {
        Ok(Ok(inventory)) => Ok(inventory),
        Ok(Err(error)) => Err(refused(error.to_string()).into()),
        Err(_) => Err(refused("It was not read.".into()).into()),
    }
}

const INVALID_DATA: &[&str] =
    &["System.IO.InvalidDataException", "System.SystemException", "System.Exception", "System.Object"];

/// The power plan, which may have left the inventory since the endpoint started.
pub(crate) fn power_plan<'i>(ps: &Ps<'_>, inventory: &'i Inventory) -> Result<&'i PowerPlan, Terminate> {
    inventory.power.as_ref().ok_or_else(|| {
        let text = "The inventory of this endpoint has no [power] any more.";
        record(ps.info(), INVALID_OPERATION, text, "PowerPlanMissing", ErrorCategory::ObjectNotFound).into()
    })
}
