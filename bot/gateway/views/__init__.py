"""What people click on: menus and buttons that survive a restart."""
