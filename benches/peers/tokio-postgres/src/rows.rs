//! Structs for the rows, how they are put together by hand, and their digests.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::{Hash, many};

pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub body: Option<String>,
}

pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

pub struct Tag {
    pub id: i64,
    pub name: String,
}

pub type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;

impl User {
    pub fn digest(&self) -> u64 {
        protocol::user(self.id, &self.name, self.hair_color.as_deref())
    }
}

impl Post {
    pub fn digest(&self) -> u64 {
        protocol::post(self.id, self.user_id, &self.title, self.body.as_deref())
    }
}

pub fn tree(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> Tree {
    let mut by_post: HashMap<i64, Vec<Comment>> = HashMap::with_capacity(posts.len());
    for comment in comments {
        by_post.entry(comment.post_id).or_default().push(comment);
    }
    let mut by_user: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::with_capacity(users.len());
    for post in posts {
        let comments = by_post.remove(&post.id).unwrap_or_default();
        by_user
            .entry(post.user_id)
            .or_default()
            .push((post, comments));
    }
    users
        .into_iter()
        .map(|user| {
            let posts = by_user.remove(&user.id).unwrap_or_default();
            (user, posts)
        })
        .collect()
}

pub fn tagged(posts: Vec<(Post, User)>, tags: Vec<(i64, Tag)>) -> Vec<(Post, User, Vec<Tag>)> {
    let mut by_post: HashMap<i64, Vec<Tag>> = HashMap::with_capacity(posts.len());
    for (post, tag) in tags {
        by_post.entry(post).or_default().push(tag);
    }
    posts
        .into_iter()
        .map(|(post, user)| {
            let tags = by_post.remove(&post.id).unwrap_or_default();
            (post, user, tags)
        })
        .collect()
}

/// The keys of the authors of posts, each once.
pub fn authors(posts: &[Post]) -> Vec<i64> {
    let mut keys: Vec<i64> = posts.iter().map(|post| post.user_id).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

pub fn with_authors(
    posts: Vec<Post>,
    users: Vec<User>,
) -> protocol::Result<Vec<(Post, Arc<User>)>> {
    let users: HashMap<i64, Arc<User>> = users
        .into_iter()
        .map(|user| (user.id, Arc::new(user)))
        .collect();
    posts
        .into_iter()
        .map(|post| {
            let user = users.get(&post.user_id).ok_or("a post without its user")?;
            Ok((post, Arc::clone(user)))
        })
        .collect()
}

pub fn of_users(users: &[User]) -> u64 {
    many(users.iter().map(User::digest))
}

pub fn of_medium(rows: &[(User, Option<Post>)]) -> u64 {
    many(rows.iter().map(|(user, post)| {
        Hash::new()
            .rows(user.digest())
            .rows(post.as_ref().map_or(0, Post::digest))
            .done()
    }))
}

pub fn of_tree(tree: &Tree) -> u64 {
    many(tree.iter().map(|(user, posts)| {
        let posts = many(posts.iter().map(|(post, comments)| {
            let comments = many(
                comments
                    .iter()
                    .map(|c| protocol::comment(c.id, c.post_id, &c.text)),
            );
            Hash::new().rows(post.digest()).rows(comments).done()
        }));
        Hash::new().rows(user.digest()).rows(posts).done()
    }))
}

pub fn of_tagged(posts: &[(Post, User, Vec<Tag>)]) -> u64 {
    many(posts.iter().map(|(post, user, tags)| {
        let tags = many(tags.iter().map(|tag| protocol::tag(tag.id, &tag.name)));
        Hash::new()
            .rows(post.digest())
            .rows(user.digest())
            .rows(tags)
            .done()
    }))
}

pub fn of_authors(posts: &[(Post, User)]) -> u64 {
    many(
        posts
            .iter()
            .map(|(post, user)| Hash::new().rows(post.digest()).rows(user.digest()).done()),
    )
}

pub fn of_counts(users: &[(User, i64)]) -> u64 {
    many(
        users
            .iter()
            .map(|(user, posts)| Hash::new().rows(user.digest()).int(*posts).done()),
    )
}
