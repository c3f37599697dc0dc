//! Load generator: raw HTTP requests over persistent connections. Responses must have a `Content-Length`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Reads one response and returns its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
            return 0;
        }
    };
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let length: usize = text
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
        })
        .unwrap_or_else(|| panic!("no length: {text}"));
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
            return 0;
        }
    }
    status
}

/// Sends `total` requests over `connections` connections and returns the duration.
pub async fn requests(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    total: usize,
) -> Duration {
    let (request, left) = (Arc::new(request.to_vec()), Arc::new(AtomicUsize::new(total)));
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (request, left) = (Arc::clone(&request), Arc::clone(&left));
        tasks.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut buffer = Vec::with_capacity(4096);
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok()
            {
                stream.write_all(&request).await.unwrap();
                let status = answer(&mut stream, &mut buffer).await;
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&buffer));
            }
        });
    }
    tasks.join_all().await;
    begun.elapsed()
}

/// Sends concurrent requests, each on its own connection, and counts their statuses; 0 for no response.
pub async fn each_once(
    address: SocketAddr,
    request: &[u8],
    callers: usize,
) -> BTreeMap<u16, usize> {
    let request = Arc::new(request.to_vec());
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let request = Arc::clone(&request);
        tasks.spawn(async move {
            let Ok(mut stream) = TcpStream::connect(address).await else { return 0 };
            if stream.write_all(&request).await.is_err() {
                return 0;
            }
            answer(&mut stream, &mut Vec::new()).await
        });
    }
    let mut statuses = BTreeMap::new();
    for status in tasks.join_all().await {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

/// Sends `total` uploads, `at_a_time` of them concurrently. `head` ends before the Base64.
pub async fn uploads(
    address: SocketAddr,
    head: &[u8],
    characters: usize,
    at_a_time: usize,
    total: usize,
) {
    let (head, left) = (Arc::new(head.to_vec()), Arc::new(AtomicUsize::new(total)));
    let mut tasks = JoinSet::new();
    for _ in 0..at_a_time {
        let (head, left) = (Arc::clone(&head), Arc::clone(&left));
        tasks.spawn(async move {
            let piece = vec![b'Q'; 128 * 1024];
            let mut buffer = Vec::new();
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok()
            {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(&head).await.unwrap();
                let mut to_go = characters;
                while to_go > 0 {
                    let length = to_go.min(piece.len());
                    stream.write_all(&piece[..length]).await.unwrap();
                    to_go -= length;
                }
                stream.write_all(b"\"}").await.unwrap();
                let status = answer(&mut stream, &mut buffer).await;
                assert_eq!(status, 201, "{}", String::from_utf8_lossy(&buffer));
            }
        });
    }
    tasks.join_all().await;
}
