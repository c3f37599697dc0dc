//! Body of an upload: JSON text with the file as Base64 in it, encoded in chunks, of known length.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use swisscom_sign::contract::Problem;
use swisscom_sign::preflight::attach;
use swisscom_sign::{Error, ErrorKind, Result, contract::Operation};
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use crate::file::Content;

/// Bytes of the file in a chunk; a multiple of 3, so that no chunk needs padding but the last.
const CHUNK: usize = 48 * 1024;
/// The end of a request without content, which the content is inserted into.
const SUFFIX: &str = "\"}";

/// Content whose size and first bytes are those of a PDF file that can be attached.
pub(crate) struct CheckedContent<'a> {
    content: &'a Content,
    length: u64,
}

/// Checks size and first bytes of a file.
pub(crate) async fn check(content: &Content) -> Result<CheckedContent<'_>> {
    let (length, head) = match content {
        Content::Bytes(bytes) => {
            let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
            (bytes.len() as u64, head.to_vec())
        }
        Content::Path(path) => {
            let unreadable = |error: io::Error| {
                let message = format!("cannot read {}: {error}", path.display());
                Error::new(ErrorKind::InvalidArgument, message).with_source(error)
            };
            let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
            let length = file.metadata().await.map_err(unreadable)?.len();
            let mut head = Vec::new();
            file.take(1024).read_to_end(&mut head).await.map_err(unreadable)?;
            (length, head)
        }
    };
    let problems: Vec<Problem> = attach::check_file(length, &head);
    if !problems.is_empty() {
        return Err(Error::validation_error(Operation::Attach, problems));
    }
    Ok(CheckedContent { content, length })
}

impl CheckedContent<'_> {
    /// The body of one attempt. `text` is the request with an empty `content` as its last field.
    pub(crate) fn body(&self, text: &str) -> UploadBody {
        let prefix = text.strip_suffix(SUFFIX).unwrap_or(text).to_owned();
        let encoded = self.length.div_ceil(3).saturating_mul(4);
        let left = (prefix.len() + SUFFIX.len()) as u64 + encoded;
        let (sender, chunks) = mpsc::channel(2);
        tokio::spawn(send_chunks(self.content.clone(), self.length, prefix, sender));
        UploadBody { chunks, left }
    }
}

/// Ends early if the receiver is dropped.
async fn send_chunks(
    content: Content,
    length: u64,
    prefix: String,
    sender: mpsc::Sender<io::Result<Bytes>>,
) {
    if sender.send(Ok(prefix.into())).await.is_err() {
        return;
    }
    let sent = match content {
        Content::Bytes(bytes) => send_encoded(&mut bytes.as_ref(), &sender).await,
        Content::Path(path) => match tokio::fs::File::open(path).await {
            Ok(mut file) => send_encoded(&mut file, &sender).await,
            Err(error) => Err(error),
        },
    };
    let end = match sent {
        Ok(sent) if sent == length => Ok(Bytes::from_static(SUFFIX.as_bytes())),
        Ok(sent) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the file changed during the upload: {sent} bytes instead of {length}"),
        )),
        Err(error) => Err(error),
    };
    // Fails only if nobody reads the body any more.
    let _ = sender.send(end).await;
}

/// Sends the file as Base64 and returns its size.
async fn send_encoded(
    file: &mut (impl tokio::io::AsyncRead + Unpin),
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<u64> {
    let mut sent = 0;
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        let read = (&mut *file).take(CHUNK as u64).read_to_end(&mut chunk).await?;
        if read == 0 {
            return Ok(sent);
        }
        sent += read as u64;
        if sender.send(Ok(STANDARD.encode(&chunk).into())).await.is_err() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
    }
}

/// Body of one attempt.
pub(crate) struct UploadBody {
    chunks: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl http_body::Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(chunk) = ready!(self.chunks.poll_recv(context)) else { return Poll::Ready(None) };
        if let Ok(chunk) = &chunk {
            self.left = self.left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(Some(chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
