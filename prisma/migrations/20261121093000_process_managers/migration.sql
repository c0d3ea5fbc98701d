-- How far each process manager has answered the events of a partition with commands.
CREATE TABLE process_manager_checkpoints (
  name      text     NOT NULL,
  partition smallint NOT NULL,
  position  bigint   NOT NULL,
  PRIMARY KEY (name, partition)
);
