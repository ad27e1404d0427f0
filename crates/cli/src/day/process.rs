//! The office's process, and killing it.

use std::{path::PathBuf, pin::Pin, process::Stdio, time::Duration};

use sakarkiv::core::identity::Timestamp;
use thiserror::Error;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::Sleep,
};

use super::protocol::{Answer, Order};

/// Why the office's process is of no use.
#[derive(Debug, Error)]
pub(crate) enum ProcessError {
    #[error("the office's process cannot be started: {0}")]
    Start(#[source] std::io::Error),
    #[error("the office's process says: {0}")]
    Failed(String),
    #[error("the office's process speaks nonsense: {0}")]
    Nonsense(#[from] serde_json::Error),
    #[error("the office's process ended by itself, without having been killed")]
    Ended,
    #[error("the office's process does not answer within {0:?}")]
    Silent(Duration),
}

/// Longer than any order can take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The office's process; started again after each kill, with the order that was under way given again.
#[derive(Debug)]
pub(crate) struct OfficeProcess {
    program: PathBuf,
    config: PathBuf,
    running: Option<Running>,
    /// When the next kill strikes, if one is armed.
    kill: Option<Pin<Box<Sleep>>>,
    pub(crate) kills: u32,
}

#[derive(Debug)]
struct Running {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl OfficeProcess {
    pub(crate) const fn new(program: PathBuf, config: PathBuf) -> Self {
        Self { program, config, running: None, kill: None, kills: 0 }
    }

    /// Kills the process (SIGKILL) after `delay` of real time, whatever it is doing then.
    pub(crate) fn kill_after(&mut self, delay: Duration) {
        self.kill = Some(Box::pin(tokio::time::sleep(delay)));
    }

    /// Gives an order until it has been answered, through kills.
    pub(crate) async fn order(&mut self, order: &Order, now: Timestamp) -> Result<Answer, ProcessError> {
        loop {
            if self.running.is_none() {
                self.start(now)?;
            }
            if let Some(answer) = self.ask(order).await? {
                return match answer {
                    Answer::Failed(message) => Err(ProcessError::Failed(message)),
                    answer => Ok(answer),
                };
            }
        }
    }

    /// Ends the process in good order.
    pub(crate) async fn stop(mut self, now: Timestamp) -> Result<u32, ProcessError> {
        self.kill = None;
        self.order(&Order::Stop, now).await?;
        if let Some(mut running) = self.running.take() {
            drop(running.input);
            running.child.wait().await.map_err(ProcessError::Start)?;
        }
        Ok(self.kills)
    }

    fn start(&mut self, now: Timestamp) -> Result<(), ProcessError> {
        let mut child = Command::new(&self.program)
            .arg("office")
            .arg("--config")
            .arg(&self.config)
            .arg("--now")
            .arg(now.to_rfc3339())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(ProcessError::Start)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ProcessError::Ended);
        };
        self.running = Some(Running { child, input, output: BufReader::new(output).lines() });
        Ok(())
    }

    /// One order to the running process. `None`: it was killed before it answered.
    async fn ask(&mut self, order: &Order) -> Result<Option<Answer>, ProcessError> {
        let Some(running) = self.running.as_mut() else { return Ok(None) };
        let mut line = serde_json::to_string(order)?;
        line.push('\n');
        let exchange = async {
            running.input.write_all(line.as_bytes()).await.ok()?;
            running.input.flush().await.ok()?;
            running.output.next_line().await.ok().flatten()
        };
        let kill = async {
            match self.kill.as_mut() {
                Some(moment) => moment.await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            () = kill => {
                self.kill = None;
                self.kills += 1;
                if let Some(mut running) = self.running.take() {
                    running.child.kill().await.map_err(ProcessError::Start)?;
                }
                return Ok(None);
            }
            answer = exchange => answer,
            () = tokio::time::sleep(PATIENCE) => return Err(ProcessError::Silent(PATIENCE)),
        };
        match answer {
            Some(line) => Ok(Some(serde_json::from_str(&line)?)),
            None => Err(ProcessError::Ended),
        }
    }
}
