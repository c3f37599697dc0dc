//! Streams a raw file as the JSON of attach: Base64 in constant memory. The Content-Length is computed in
//! advance, so a truncated file results in a short body that the platform rejects.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::body::BodyError;

/// `before`, the file in Base64, `after`.
#[derive(Debug)]
pub(crate) struct Base64Body<B> {
    before: Option<Bytes>,
    /// Start of the file, which was already read to check its type.
    head: Option<Bytes>,
    inner: B,
    /// Remaining bytes of the file.
    left: u64,
    /// Incomplete group of three bytes.
    carry: Vec<u8>,
    after: Option<Bytes>,
    length: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the file length does not match Content-Length")]
pub(crate) struct LengthMismatch;

pub(crate) fn encoded_length(bytes: u64) -> u64 {
    bytes.div_ceil(3) * 4
}

impl<B> Base64Body<B> {
    /// `length` includes `head`.
    pub(crate) fn new(before: String, head: Bytes, inner: B, length: u64, after: String) -> Self {
        let total = before.len() as u64 + encoded_length(length) + after.len() as u64;
        Self {
            before: Some(before.into()),
            head: Some(head),
            inner,
            left: length,
            carry: Vec::with_capacity(2),
            after: Some(after.into()),
            length: total,
        }
    }

    fn encode(&mut self, chunk: &[u8]) -> Result<Bytes, BodyError> {
        self.left = self.left.checked_sub(chunk.len() as u64).ok_or(LengthMismatch)?;
        let mut out = String::with_capacity((chunk.len() + 2).div_ceil(3) * 4);
        let missing = (3 - self.carry.len()) % 3;
        let (first, rest) = chunk.split_at(missing.min(chunk.len()));
        self.carry.extend_from_slice(first);
        if self.carry.len() == 3 {
            STANDARD.encode_string(&self.carry, &mut out);
            self.carry.clear();
        }
        let (whole, tail) = rest.split_at(rest.len() - rest.len() % 3);
        STANDARD.encode_string(whole, &mut out);
        self.carry.extend_from_slice(tail);
        if self.left == 0 {
            STANDARD.encode_string(&self.carry, &mut out);
            self.carry.clear();
        }
        Ok(out.into())
    }
}

impl<B> HttpBody for Base64Body<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if let Some(before) = this.before.take() {
            return Poll::Ready(Some(Ok(Frame::data(before))));
        }
        loop {
            let chunk = match this.head.take() {
                Some(head) => Some(head),
                None => match Pin::new(&mut this.inner).poll_frame(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => None,
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error.into()))),
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) => Some(data),
                        Err(_trailers) => continue,
                    },
                },
            };
            let Some(chunk) = chunk else {
                if this.left > 0 {
                    return Poll::Ready(Some(Err(LengthMismatch.into())));
                }
                return Poll::Ready(this.after.take().map(|after| Ok(Frame::data(after))));
            };
            match this.encode(&chunk) {
                Err(error) => return Poll::Ready(Some(Err(error))),
                Ok(text) if text.is_empty() => {}
                Ok(text) => return Poll::Ready(Some(Ok(Frame::data(text)))),
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::collections::VecDeque;

    struct Chunks(VecDeque<Vec<u8>>);

    impl HttpBody for Chunks {
        type Data = Bytes;
        type Error = BodyError;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            Poll::Ready(self.0.pop_front().map(|chunk| Ok(Frame::data(chunk.into()))))
        }
    }

    async fn encode(file: &[u8], announced: usize, cut: usize) -> Result<String, BodyError> {
        let (head, rest) = file.split_at(file.len().min(5));
        let chunks = rest.chunks(cut).map(<[u8]>::to_vec).collect();
        let body = Base64Body::new(
            "<".into(),
            Bytes::copy_from_slice(head),
            Chunks(chunks),
            announced as u64,
            ">".into(),
        );
        let length = body.length;
        let bytes = body.collect().await?.to_bytes();
        assert_eq!(bytes.len() as u64, length);
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn encodes_every_length_and_chunk_size() {
        let file: Vec<u8> = (0..64_u8).map(|n| n.wrapping_mul(37)).collect();
        for length in 0..file.len() {
            for cut in 1..8 {
                let file = &file[..length];
                let wanted = format!("<{}>", STANDARD.encode(file));
                assert_eq!(encode(file, length, cut).await.unwrap(), wanted, "{length} {cut}");
            }
        }
    }

    #[tokio::test]
    async fn rejects_a_file_of_another_length() {
        assert!(encode(b"1234567", 8, 3).await.is_err());
        assert!(encode(b"1234567", 6, 3).await.is_err());
    }
}
