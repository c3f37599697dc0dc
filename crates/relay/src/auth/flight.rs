//! One question for everybody who asks it at the same time. It is asked in a task of its own: a
//! caller who goes away breaks off nobody's answer. What is known is remembered elsewhere; here are
//! only questions under way, and no more of them than a limit.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

type InFlightTable<T> = HashMap<u128, watch::Receiver<Option<T>>>;

/// Questions under way, by keys.
#[derive(Debug)]
pub struct SingleFlight<T> {
    most: usize,
    under_way: Arc<Mutex<InFlightTable<T>>>,
}

/// A key in the table, for as long as its question is under way, even if it panics.
struct InFlightGuard<T> {
    key: u128,
    under_way: Arc<Mutex<InFlightTable<T>>>,
}

fn table<T>(under_way: &Mutex<InFlightTable<T>>) -> MutexGuard<'_, InFlightTable<T>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Drop for InFlightGuard<T> {
    fn drop(&mut self) {
        table(&self.under_way).remove(&self.key);
    }
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// At most so many questions at a time.
    pub fn new(most: usize) -> Self {
        Self { most, under_way: Arc::default() }
    }

    /// The answer to the question of that key. `ask` must have remembered its answer, for `known`
    /// to find, when it ends. `None` beyond the limit, and when the question broke off.
    pub async fn join(
        &self,
        key: u128,
        known: impl FnOnce() -> Option<T>,
        ask: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut answer = {
            let mut under_way = table(&self.under_way);
            match under_way.get(&key) {
                Some(answer) => answer.clone(),
                None => {
                    // It may have ended since the caller looked.
                    if let Some(known) = known() {
                        return Some(known);
                    }
                    if under_way.len() >= self.most {
                        return None;
                    }
                    let (told, answer) = watch::channel(None);
                    under_way.insert(key, answer.clone());
                    let entry = InFlightGuard { key, under_way: Arc::clone(&self.under_way) };
                    tokio::spawn(async move {
                        let answer = ask.await;
                        drop(entry);
                        told.send_replace(Some(answer));
                    });
                    answer
                }
            }
        };
        let told = answer.wait_for(Option::is_some).await;
        told.ok().and_then(|answer| answer.clone())
    }

    /// Questions under way.
    pub fn count(&self) -> usize {
        table(&self.under_way).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    /// A question that is answered when it is told to be.
    #[derive(Default)]
    struct Question {
        asked: AtomicUsize,
        go: Notify,
        known: OnceLock<usize>,
    }

    impl Question {
        fn ask(self: &Arc<Self>) -> impl Future<Output = usize> + Send + 'static {
            let this = Arc::clone(self);
            async move {
                let number = this.asked.fetch_add(1, Ordering::SeqCst) + 1;
                this.go.notified().await;
                *this.known.get_or_init(|| number)
            }
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }
    }

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_asks_first_may_go_away() {
        let (flights, question) = (Arc::new(SingleFlight::new(8)), Arc::new(Question::default()));
        let join = || {
            let (flights, question) = (Arc::clone(&flights), Arc::clone(&question));
            tokio::spawn(async move { flights.join(1, || None, question.ask()).await })
        };
        let first = join();
        settle().await;
        let second = join();
        settle().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        question.go.notify_one();
        assert_eq!(second.await.unwrap(), Some(1));
        assert_eq!((question.asked(), flights.count()), (1, 0));
    }

    #[tokio::test]
    async fn what_was_answered_meanwhile_is_not_asked_again() {
        let (flights, question) = (SingleFlight::new(8), Arc::new(Question::default()));
        question.known.set(7).unwrap();
        question.go.notify_one();
        let answer = flights.join(1, || question.known.get().copied(), question.ask()).await;
        assert_eq!((answer, question.asked()), (Some(7), 0));
    }

    #[tokio::test]
    async fn questions_are_limited_and_their_places_given_back() {
        let (flights, question) = (Arc::new(SingleFlight::new(2)), Arc::new(Question::default()));
        let join = |key| {
            let (flights, question) = (Arc::clone(&flights), Arc::clone(&question));
            tokio::spawn(async move { flights.join(key, || None, question.ask()).await })
        };
        let (first, second) = (join(1), join(2));
        settle().await;
        let third = join(3);
        settle().await;
        assert!(third.is_finished(), "nobody waits for a place");
        assert_eq!(third.await.unwrap(), None);
        let joined = join(1);
        settle().await;
        assert_eq!((flights.count(), question.asked()), (2, 2));
        question.go.notify_waiters();
        for one in [first, second, joined] {
            assert!(one.await.unwrap().is_some());
        }
        assert_eq!(flights.count(), 0);
        question.go.notify_one();
        assert!(join(3).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_question_that_breaks_off_is_asked_anew() {
        let flights = SingleFlight::new(1);
        let broken = async { panic!("as a question may") };
        assert_eq!(flights.join(1, || None, broken).await, None);
        assert_eq!(flights.count(), 0);
        assert_eq!(flights.join(1, || None, async { 5 }).await, Some(5));
    }
}
