//! `redis-server` on a free port, which can be paused and killed.

use std::process::Stdio;
use std::time::Duration;

use swisscom_sign_relay::config::{ConfigDuration, RedisConfig as Config};
use swisscom_sign_relay::secret::SecretSource;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

pub struct RedisProcess {
    pub port: u16,
    child: Option<Child>,
}

impl RedisProcess {
    pub async fn start() -> Self {
        // Another process can take the port in between: then the server exits, and another port is tried.
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let mut redis = Self { port, child: None };
            if redis.run().await {
                return redis;
            }
        }
        panic!("redis-server does not start");
    }

    /// Starts an empty server on the same port.
    pub async fn run(&mut self) -> bool {
        let port = self.port.to_string();
        let mut child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--requirepass", "canary-redis-password", "--loglevel", "warning"])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server is installed");
        while child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                self.child = Some(child);
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    pub fn url(&self) -> String {
        format!("redis://:canary-redis-password@127.0.0.1:{}/0", self.port)
    }

    pub fn config(&self) -> Config {
        // Longer than the default, so that a busy machine does not cause timeouts.
        Config {
            url: Some(SecretSource::value(self.url())),
            command_timeout: ConfigDuration(Duration::from_secs(1)),
            ..Config::default()
        }
    }

    pub async fn kill(&mut self) {
        self.child.take().unwrap().kill().await.unwrap();
    }

    async fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().unwrap().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().await.unwrap().success());
    }

    pub async fn pause(&self) {
        self.signal("-STOP").await;
    }

    pub async fn resume(&self) {
        self.signal("-CONT").await;
    }

    /// Lets the claims of all idempotency keys expire.
    pub async fn expire_claims(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let script = "for _, key in ipairs(redis.call('KEYS', '*:idempotency:*')) do
            redis.call('HSET', key, 'until', '0') end return 1";
        let _done: i64 =
            redis::cmd("EVAL").arg(script).arg(0).query_async(&mut connection).await.unwrap();
    }

    /// All keys and values.
    pub async fn dump(&self) -> Vec<u8> {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let keys: Vec<String> =
            redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
        let mut all = Vec::new();
        for key in keys {
            all.extend_from_slice(key.as_bytes());
            let kind: String =
                redis::cmd("TYPE").arg(&key).query_async(&mut connection).await.unwrap();
            let read = match kind.as_str() {
                "string" => redis::cmd("GET").arg(&key).clone(),
                "hash" => redis::cmd("HVALS").arg(&key).clone(),
                _ => redis::cmd("ZRANGE").arg(&key).arg(0).arg(-1).clone(),
            };
            let value: redis::Value = read.query_async(&mut connection).await.unwrap();
            flatten(&value, &mut all);
        }
        all
    }
}

fn flatten(value: &redis::Value, out: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(bytes) => out.extend_from_slice(bytes),
        redis::Value::Array(items) => items.iter().for_each(|item| flatten(item, out)),
        _ => {}
    }
}
