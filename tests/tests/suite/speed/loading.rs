//! What loading a tree costs on the way to the database, and what of it is stored once.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use nuages::prelude::*;
use nuages_tests::blog::{Author, Comment, Post, Tag};
use nuages_tests::models::BLOG;
use nuages_tests::{Case, Given, Outcome, cases};

use crate::query::data::fill;

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_tree_costs_as_many_round_trips_as_it_is_deep.on(&BLOG),
        a_tree_is_one_hop_to_the_thread_of_sqlite.on(&BLOG).once(),
        objects_that_repeat_are_stored_once.on(&BLOG),
    ]
}

async fn a_tree_costs_as_many_round_trips_as_it_is_deep(given: Given) -> Outcome {
    fill(&given.db).await?;
    let recording = given.db.record();
    let authors = Author::objects()
        .prefetch_related(|a| (a.posts().tags(), a.posts().category()))
        .all(&given.db)
        .await?;
    assert!(!authors.is_empty());
    // Authors; posts; tags and categories.
    assert_eq!(
        (recording.count(), recording.round_trips()),
        (4, 3),
        "{recording}"
    );
    for author in &authors {
        for post in author.posts.get()? {
            post.tags.get()?;
            if let Some(category) = &post.category {
                category.get()?;
            }
        }
    }
    assert_eq!(recording.count(), 4);
    Ok(())
}

/// Counts how often whoever polls a future is woken.
struct Wakes {
    count: AtomicUsize,
    thread: Thread,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// What a future gives, and how often it had to be woken for that.
fn wakes<F: Future>(future: F) -> (F::Output, usize) {
    let wakes = Arc::new(Wakes {
        count: AtomicUsize::new(0),
        thread: thread::current(),
    });
    let waker = Waker::from(Arc::clone(&wakes));
    let mut future = pin!(future);
    let mut seen = 0;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return (output, wakes.count.load(Ordering::SeqCst));
        }
        while wakes.count.load(Ordering::SeqCst) == seen {
            thread::park();
        }
        seen = wakes.count.load(Ordering::SeqCst);
    }
}

async fn a_tree_is_one_hop_to_the_thread_of_sqlite(given: Given) -> Outcome {
    fill(&given.db).await?;
    let db = Database::connect(&format!("{}?execution=thread", given.url)).await?;
    let held = db.session().await?;
    let (authors, hops) = tokio::task::spawn_blocking(move || {
        let tree = Author::objects().prefetch_related(|a| (a.posts().tags(), a.posts().category()));
        let (authors, hops) = wakes(tree.all(&held));
        authors.map(|authors| (authors, hops))
    })
    .await??;
    assert!(!authors.is_empty());
    assert_eq!(hops, 1);
    Ok(())
}

async fn objects_that_repeat_are_stored_once(given: Given) -> Outcome {
    fill(&given.db).await?;
    let once = |objects: Vec<(i64, usize)>| {
        let mut seen = std::collections::HashMap::new();
        for (key, address) in &objects {
            assert_eq!(
                seen.entry(*key).or_insert(*address),
                address,
                "the object {key} is there twice"
            );
        }
        assert!(seen.len() < objects.len(), "no object repeats");
    };
    let joined = Post::objects()
        .select_related(|p| p.author())
        .all(&given.db)
        .await?;
    let fetched = Post::objects()
        .prefetch_related(|p| p.author())
        .all(&given.db)
        .await?;
    for posts in [&joined, &fetched] {
        let address = |author: &Author| (author.id, std::ptr::from_ref(author).addr());
        let authors = posts.iter().map(|post| post.author.get().map(address));
        once(authors.collect::<Result<_, _>>()?);
    }
    let deep = Comment::objects()
        .select_related(|c| c.post().author())
        .all(&given.db)
        .await?;
    let mut posts = Vec::new();
    for comment in &deep {
        let post = comment.post.get()?;
        posts.push((post.id, std::ptr::from_ref(post).addr()));
    }
    once(posts);
    let tagged = Post::objects()
        .prefetch_related(|p| p.tags())
        .all(&given.db)
        .await?;
    let mut tags = Vec::new();
    for post in &tagged {
        let of_post = post.tags.get()?.iter();
        tags.extend(of_post.map(|tag| (tag.id, std::ptr::from_ref::<Tag>(tag).addr())));
    }
    once(tags);
    Ok(())
}
