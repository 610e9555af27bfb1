//! The tables, and structs for their rows.

use diesel::prelude::*;
use protocol::{Hash, many};

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        user_id -> BigInt,
        title -> Text,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    posts_tags (id) {
        id -> BigInt,
        post_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::joinable!(posts -> users (user_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(posts_tags -> posts (post_id));
diesel::joinable!(posts_tags -> tags (tag_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments, tags, posts_tags);

#[derive(Queryable, Selectable, Identifiable, Clone)]
#[diesel(table_name = users)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = posts, belongs_to(User))]
pub struct Post {
    pub id: i64,
    pub user_id: i64,
    pub title: String,
    pub body: Option<String>,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = comments, belongs_to(Post))]
pub struct Comment {
    pub id: i64,
    pub post_id: i64,
    pub text: String,
}

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = tags)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = posts_tags, belongs_to(Post), belongs_to(Tag))]
pub struct PostTag {
    pub id: i64,
    pub post_id: i64,
    pub tag_id: i64,
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct NewUser {
    pub name: String,
    pub hair_color: &'static str,
}

impl NewUser {
    pub fn nth(i: u64) -> Self {
        NewUser {
            name: protocol::name(i),
            hair_color: "hair_color",
        }
    }
}

pub type Tree = Vec<(User, Vec<(Post, Vec<Comment>)>)>;
pub type Tagged = Vec<(Post, User, Vec<Tag>)>;

pub fn of_user(user: &User) -> u64 {
    protocol::user(user.id, &user.name, user.hair_color.as_deref())
}

pub fn of_users(users: &[User]) -> u64 {
    many(users.iter().map(of_user))
}

pub fn of_post(post: &Post) -> u64 {
    protocol::post(post.id, post.user_id, &post.title, post.body.as_deref())
}

pub fn of_medium(rows: &[(User, Option<Post>)]) -> u64 {
    many(rows.iter().map(|(user, post)| {
        Hash::new()
            .rows(of_user(user))
            .rows(post.as_ref().map_or(0, of_post))
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
            Hash::new().rows(of_post(post)).rows(comments).done()
        }));
        Hash::new().rows(of_user(user)).rows(posts).done()
    }))
}

pub fn of_tagged(posts: &Tagged) -> u64 {
    many(posts.iter().map(|(post, user, tags)| {
        let tags = many(tags.iter().map(|tag| protocol::tag(tag.id, &tag.name)));
        Hash::new()
            .rows(of_post(post))
            .rows(of_user(user))
            .rows(tags)
            .done()
    }))
}

pub fn of_authors(posts: &[(Post, User)]) -> u64 {
    many(
        posts
            .iter()
            .map(|(post, user)| Hash::new().rows(of_post(post)).rows(of_user(user)).done()),
    )
}

pub fn of_counts(users: &[(User, i64)]) -> u64 {
    many(
        users
            .iter()
            .map(|(user, posts)| Hash::new().rows(of_user(user)).int(*posts).done()),
    )
}
