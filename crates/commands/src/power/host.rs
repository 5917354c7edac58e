//! Nodes powered off and on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use action_plan::Done;
use inventory::{Node, Reach, WakeOnLan};

use super::redfish::{Controller, PowerState};
use crate::program::run;

/// How long a node that is asked may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// What `ssh` ends with when there is no link, or none any more: a node that goes off may cut it before the end is heard.
const CUT: i32 = 255;
/// How long a node may answer after that. Then the link was none from the beginning.
const GOING_OFF: Duration = Duration::from_mins(2);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) fn off_description(node: &Node) -> String {
    match (&node.power.off, &node.power.redfish) {
        (Some(off), _) => format!("power off by {}", off.join(" ")),
        (None, Some(redfish)) => format!("power off by {}", redfish.system),
        (None, None) => format!("power off by {}", Node::POWER_OFF.join(" ")),
    }
}

pub(super) fn on_description(node: &Node) -> String {
    match (&node.reach, &node.power.redfish, &node.power.wake_on_lan) {
        (Reach::Local, ..) => "this computer is on".into(),
        (_, Some(redfish), _) => format!("power on by {}", redfish.system),
        (_, None, Some(wake)) => format!("power on by a packet to {}", written(wake.mac)),
        (_, None, None) => "power on by hand".into(),
    }
}

fn written(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// Powers a node off and waits until it is. This computer is not waited for.
pub(super) fn power_off(node: &Node, until: Instant) -> Result<Done, String> {
    let local = node.reach == Reach::Local;
    if !local && !answers(node) && node.power.redfish.is_none() {
        return Ok(Done::Skipped("it was off: it does not answer".into()));
    }
    if let Some(off) = &node.power.off {
        let ended = run(node, off, until)?;
        if local {
            return ended.or_failed(off).map(|()| Done::Success);
        }
        let silent = || Ok(!answers(node));
        if ended.status.code() != Some(CUT) {
            ended.or_failed(off)?;
            wait(until, silent).map_err(|error| format!("it still answers: {error}"))?;
        } else if let Err(error) = wait(until.min(Instant::now() + GOING_OFF), silent) {
            return Err(ended.or_failed(off).err().unwrap_or(error));
        }
        return Ok(Done::Success);
    }
    let Some(redfish) = &node.power.redfish else { return Err("the inventory does not say how".into()) };
    let controller = Controller::new(redfish)?;
    if controller.power_state()? == PowerState::Off {
        return Ok(Done::Skipped("it was off".into()));
    }
    controller.reset("GracefulShutdown")?;
    wait(until, || Ok(controller.power_state()? == PowerState::Off)).map(|()| Done::Success)
}

/// Powers a node on and waits until it answers.
pub(super) fn power_on(node: &Node, until: Instant) -> Result<Done, String> {
    if node.reach == Reach::Local {
        return Ok(Done::Skipped("this computer is on".into()));
    }
    if answers(node) {
        return Ok(Done::Skipped("it was on".into()));
    }
    if let Some(redfish) = &node.power.redfish {
        let controller = Controller::new(redfish)?;
        if controller.power_state()? != PowerState::On {
            controller.reset("On")?;
        }
    } else if node.power.wake_on_lan.is_none() {
        return Err(
            "it is off, and the inventory has nothing that powers it on: do it by hand, and run Start-AzureStack again"
                .into(),
        );
    }
    wait(until, || {
        if let Some(packet) = &node.power.wake_on_lan {
            wake(packet).map_err(|error| format!("no packet to {}: {error}", packet.broadcast))?;
        }
        Ok(answers(node))
    })?;
    Ok(Done::Success)
}

fn wait(until: Instant, mut is_so: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    while !is_so()? {
        if Instant::now() > until {
            return Err("the time is over".into());
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Does the node take connections where its SSH is?
fn answers(node: &Node) -> bool {
    let Reach::Ssh(ssh) = &node.reach else { return true };
    let addresses = (node.address.as_str(), ssh.port).to_socket_addrs().into_iter().flatten();
    addresses.into_iter().any(|address: SocketAddr| TcpStream::connect_timeout(&address, ANSWER).is_ok())
}

/// Six times all ones, then sixteen times the address.
fn wake(WakeOnLan { mac, broadcast }: &WakeOnLan) -> io::Result<()> {
    let socket = UdpSocket::bind(if broadcast.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        SocketAddr::from(([0u16; 8], 0))
    })?;
    socket.set_broadcast(true)?;
    let packet: Vec<u8> = [0xff; 6].into_iter().chain(mac.iter().copied().cycle().take(16 * 6)).collect();
    socket.send_to(&packet, broadcast).map(|_| ())
}
