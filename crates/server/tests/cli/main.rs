//! The `hospes` command as operators meet it: the real executable, run with
//! real signals, files and sockets.

mod accounts;
mod crash;
mod demo;
mod mail;
mod settings;
mod shutdown;
mod support;
mod taint;
mod uploads;
