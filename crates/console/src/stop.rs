// SPDX-License-Identifier: MIT OR Apache-2.0
//! A clean end on Ctrl-C, and on what `timeout` and job schedulers send.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// Raised by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C raise a flag instead of ending the program at once.
pub fn stop_flag() -> &'static AtomicBool {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without a handler Ctrl-C ends the program all the same, only less tidily.
        let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
    });
    &STOP
}

/// Tells whether Ctrl-C has asked a command to end; leaves the handler alone.
pub fn raised() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Ends a command that Ctrl-C has asked to end.
///
/// # Errors
/// [`Error::Interrupted`] where the flag is raised.
pub fn stopped() -> Result<(), Error> {
    if stop_flag().load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(())
}
