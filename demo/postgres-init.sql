-- Tables of the demo. Run as the simulator's role. Idempotent.
CREATE TABLE IF NOT EXISTS users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS songs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id),
  title text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, title)
);

CREATE TABLE IF NOT EXISTS performances (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  switches bigint NOT NULL DEFAULT 0,
  switched_at timestamptz
);

INSERT INTO users (name)
SELECT 'musician-' || number FROM generate_series(1, 200) AS number
ON CONFLICT (name) DO NOTHING;

INSERT INTO performances (name) VALUES
  ('afterglow'), ('blue-hour'), ('cathedral'), ('daybreak'), ('first-light'), ('glass'), ('tidal'), ('undertow')
ON CONFLICT (name) DO NOTHING;
