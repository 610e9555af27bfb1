//! The book, chapter by chapter: what it shows is what runs here, and what it says of it is what is asserted here.

mod aggregation;
mod command;
mod commands;
mod migrations;
mod models;
mod n_plus_one;
mod pages;
mod paper;
mod queries;
mod sample;
mod testing;
mod transactions;
mod writes;
