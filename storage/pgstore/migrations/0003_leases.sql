-- Makes the fence part of a key. A transaction that renewed a lease keeps FOR KEY
-- SHARE on its row: whoever changes the fence waits for it, a renewal by another
-- transaction of the holder does not.
CREATE UNIQUE INDEX tm_leases_fence ON tm_leases (name, fence);
