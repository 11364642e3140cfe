"""Outside systems, each behind one small interface, with a stand-in that speaks the real protocol."""
