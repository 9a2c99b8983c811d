PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE studies (
	study_id INTEGER NOT NULL,
	study_name VARCHAR(512) NOT NULL,
	PRIMARY KEY (study_id)
);
INSERT INTO studies VALUES(1,'kept');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL,
	schema_version INTEGER,
	library_version VARCHAR(256),
	PRIMARY KEY (version_info_id),
	CHECK (version_info_id=1)
);
INSERT INTO version_info VALUES(1,12,'hone 0.1.0');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL,
	direction VARCHAR(8) NOT NULL,
	study_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	PRIMARY KEY (study_direction_id),
	UNIQUE (study_id, objective),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO study_directions VALUES(1,'MINIMIZE',1,0);
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_user_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL,
	study_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (study_system_attribute_id),
	UNIQUE (study_id, "key"),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
CREATE TABLE trials (
	trial_id INTEGER NOT NULL,
	number INTEGER,
	study_id INTEGER,
	state VARCHAR(8) NOT NULL,
	datetime_start DATETIME,
	datetime_complete DATETIME,
	PRIMARY KEY (trial_id),
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO trials VALUES(1,0,1,'COMPLETE','2026-11-27 01:55:56.176353','2026-11-27 01:55:56.176689');
INSERT INTO trials VALUES(2,1,1,'COMPLETE','2026-11-27 01:55:56.176765','2026-11-27 01:55:56.176938');
INSERT INTO trials VALUES(3,2,1,'COMPLETE','2026-11-27 01:55:56.176983','2026-11-27 01:55:56.177147');
INSERT INTO trials VALUES(4,3,1,'COMPLETE','2026-11-27 01:55:56.177183','2026-11-27 01:55:56.177344');
INSERT INTO trials VALUES(5,4,1,'COMPLETE','2026-11-27 01:55:56.177380','2026-11-27 01:55:56.177532');
INSERT INTO trials VALUES(6,5,1,'COMPLETE','2026-11-27 01:55:56.177571','2026-11-27 01:55:56.177725');
INSERT INTO trials VALUES(7,6,1,'COMPLETE','2026-11-27 01:55:56.177763','2026-11-27 01:55:56.177961');
INSERT INTO trials VALUES(8,7,1,'PRUNED','2026-11-27 01:55:56.178002','2026-11-27 01:55:56.178177');
INSERT INTO trials VALUES(9,8,1,'COMPLETE','2026-11-27 01:55:56.178245','2026-11-27 01:55:56.179985');
INSERT INTO trials VALUES(10,9,1,'PRUNED','2026-11-27 01:55:56.180036','2026-11-27 01:55:56.180229');
INSERT INTO trials VALUES(11,10,1,'COMPLETE','2026-11-27 01:55:56.180297','2026-11-27 01:55:56.180471');
INSERT INTO trials VALUES(12,11,1,'COMPLETE','2026-11-27 01:55:56.180508','2026-11-27 01:55:56.180671');
INSERT INTO trials VALUES(13,12,1,'PRUNED','2026-11-27 01:55:56.180708','2026-11-27 01:55:56.180910');
INSERT INTO trials VALUES(14,13,1,'COMPLETE','2026-11-27 01:55:56.180970','2026-11-27 01:55:56.181202');
INSERT INTO trials VALUES(15,14,1,'COMPLETE','2026-11-27 01:55:56.181243','2026-11-27 01:55:56.181490');
INSERT INTO trials VALUES(16,15,1,'COMPLETE','2026-11-27 01:55:56.181529','2026-11-27 01:55:56.181756');
INSERT INTO trials VALUES(17,16,1,'COMPLETE','2026-11-27 01:55:56.181813','2026-11-27 01:55:56.182125');
INSERT INTO trials VALUES(18,17,1,'COMPLETE','2026-11-27 01:55:56.182179','2026-11-27 01:55:56.182507');
INSERT INTO trials VALUES(19,18,1,'COMPLETE','2026-11-27 01:55:56.182558','2026-11-27 01:55:56.182847');
INSERT INTO trials VALUES(20,19,1,'COMPLETE','2026-11-27 01:55:56.182895','2026-11-27 01:55:56.183185');
INSERT INTO trials VALUES(21,20,1,'COMPLETE','2026-11-27 01:55:56.183228','2026-11-27 01:55:56.183471');
INSERT INTO trials VALUES(22,21,1,'COMPLETE','2026-11-27 01:55:56.183510','2026-11-27 01:55:56.203971');
INSERT INTO trials VALUES(23,22,1,'COMPLETE','2026-11-27 01:55:56.204046','2026-11-27 01:55:56.204366');
INSERT INTO trials VALUES(24,23,1,'COMPLETE','2026-11-27 01:55:56.204413','2026-11-27 01:55:56.204684');
INSERT INTO trials VALUES(25,24,1,'COMPLETE','2026-11-27 01:55:56.204725','2026-11-27 01:55:56.204970');
INSERT INTO trials VALUES(26,25,1,'COMPLETE','2026-11-27 01:55:56.205009','2026-11-27 01:55:56.205252');
INSERT INTO trials VALUES(27,26,1,'COMPLETE','2026-11-27 01:55:56.205290','2026-11-27 01:55:56.205528');
INSERT INTO trials VALUES(28,27,1,'COMPLETE','2026-11-27 01:55:56.205565','2026-11-27 01:55:56.205817');
INSERT INTO trials VALUES(29,28,1,'COMPLETE','2026-11-27 01:55:56.205854','2026-11-27 01:55:56.206129');
INSERT INTO trials VALUES(30,29,1,'COMPLETE','2026-11-27 01:55:56.206170','2026-11-27 01:55:56.206498');
INSERT INTO trials VALUES(31,30,1,'RUNNING','2026-11-27 01:55:56.206650',NULL);
INSERT INTO trials VALUES(32,31,1,'WAITING',NULL,NULL);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_user_attributes VALUES(1,8,'prune_reason','"best so far 29.37 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(2,10,'prune_reason','"best so far 14.08 is above the median 6.662 of 7 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(3,13,'prune_reason','"best so far 28.08 is above the median 6.497 of 8 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(4,32,'why','"guess"');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_system_attributes VALUES(1,8,'prune_reason','"best so far 29.37 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(2,10,'prune_reason','"best so far 14.08 is above the median 6.662 of 7 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(3,13,'prune_reason','"best so far 28.08 is above the median 6.497 of 8 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(4,31,'fixed_params','{"x": 0.04093563861179707}');
INSERT INTO trial_system_attributes VALUES(5,32,'fixed_params','{"x": 0.5, "kind": "c"}');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL,
	trial_id INTEGER,
	param_name VARCHAR(512),
	param_value FLOAT,
	distribution_json TEXT,
	PRIMARY KEY (param_id),
	UNIQUE (trial_id, param_name),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_params VALUES(1,1,'x',1.1668917024721192632,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(2,1,'lr',2.3551073465998741958e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(3,1,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(4,1,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(5,1,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(6,2,'x',-0.91108599523010447285,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(7,2,'lr',0.057092334324395879741,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(8,2,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(9,2,'q',0.34999999999999997779,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(10,2,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(11,3,'x',-2.8726364442599860993,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(12,3,'lr',6.5223201541012105412e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(13,3,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(14,3,'q',0.1500000000000000222,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(15,3,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(16,4,'x',1.9204290442514668768,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(17,4,'lr',0.011081910652343728018,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(18,4,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(19,4,'q',0.34999999999999997779,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(20,4,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(21,5,'x',1.5606013064274195656,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(22,5,'lr',0.00046140598742701826153,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(23,5,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(24,5,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(25,5,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(26,6,'x',2.6209737040871772251,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(27,6,'lr',0.052991869910009918587,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(28,6,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(29,6,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(30,6,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(31,7,'x',2.0245538589229727932,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(32,7,'lr',0.00043540806496456077893,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(33,7,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(34,7,'q',0.3000000000000000444,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(35,7,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(36,8,'x',4.8055192390008567571,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(37,8,'lr',0.0010347226625636580903,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(38,8,'n',2.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(39,8,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(40,8,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(41,9,'x',-0.75531011712743012509,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(42,9,'lr',0.00017134087433666491382,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(43,9,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(44,9,'q',0.1500000000000000222,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(45,9,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(46,10,'x',3.2696689511638790115,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(47,10,'lr',0.00069846301230959905673,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(48,10,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(49,10,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(50,10,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(51,11,'x',1.3547161833564125288,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(52,11,'lr',0.0082463310401152192796,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(53,11,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(54,11,'q',0.3000000000000000444,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(55,11,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(56,12,'x',1.6159624957806641987,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(57,12,'lr',0.0059819771767865553141,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(58,12,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(59,12,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(60,12,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(61,13,'x',-4.3697279192676212744,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(62,13,'lr',4.4656734814961821997e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(63,13,'n',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(64,13,'q',0.25,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(65,13,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(66,14,'x',-0.44686175851906639877,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(67,14,'lr',0.00028572370520347909654,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(68,14,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(69,14,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(70,14,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(71,15,'x',-0.37677780180062292458,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(72,15,'lr',0.0005569269367045493347,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(73,15,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(74,15,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(75,15,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(76,16,'x',1.2866683359612571813,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(77,16,'lr',0.00022021497588519154753,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(78,16,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(79,16,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(80,16,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(81,17,'x',-0.62563275696500686429,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(82,17,'lr',0.00026593870407597310209,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(83,17,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(84,17,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(85,17,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(86,18,'x',-0.68523511309496476506,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(87,18,'lr',0.00091717547424868947278,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(88,18,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(89,18,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(90,18,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(91,19,'x',-0.89224225179274274655,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(92,19,'lr',0.00029668905309418133232,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(93,19,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(94,19,'q',0.3000000000000000444,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(95,19,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(96,20,'x',0.25405736649641974533,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(97,20,'lr',0.00088301248473391649382,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(98,20,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(99,20,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(100,20,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(101,21,'x',-0.48936854319231737342,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(102,21,'lr',0.00087765798465258473143,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(103,21,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(104,21,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(105,21,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(106,22,'x',-0.22825856639095554179,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(107,22,'lr',0.0014772218528432529659,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(108,22,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(109,22,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(110,22,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(111,23,'x',0.44127259506244298492,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(112,23,'lr',0.002569233239128433828,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(113,23,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(114,23,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(115,23,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(116,24,'x',0.32445779798331408905,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(117,24,'lr',0.00096937619590353632341,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(118,24,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(119,24,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(120,24,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(121,25,'x',0.48463227042511747288,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(122,25,'lr',0.0020900573265506500013,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(123,25,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(124,25,'q',0.1500000000000000222,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(125,25,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(126,26,'x',0.35395471283179180677,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(127,26,'lr',0.0011785819816188185076,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(128,26,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(129,26,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(130,26,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(131,27,'x',-0.06862704931667373831,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(132,27,'lr',0.00059476508769157126425,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(133,27,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(134,27,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(135,27,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(136,28,'x',-0.20750937628357302155,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(137,28,'lr',0.0020935303273383306169,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(138,28,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(139,28,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(140,28,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(141,29,'x',0.44436461221226175588,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(142,29,'lr',0.0015962601992197086083,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(143,29,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(144,29,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(145,29,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(146,30,'x',0.4874571448127370532,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(147,30,'lr',0.00061044382917137675163,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(148,30,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(149,30,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(150,30,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	objective INTEGER NOT NULL,
	value FLOAT,
	value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_value_id),
	UNIQUE (trial_id, objective),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_values VALUES(1,1,0,4.8119853827457266248,'FINITE');
INSERT INTO trial_values VALUES(2,2,0,5.0656432591867943671,'FINITE');
INSERT INTO trial_values VALUES(3,3,0,10.107682491169802218,'FINITE');
INSERT INTO trial_values VALUES(4,4,0,5.4292674691918891838,'FINITE');
INSERT INTO trial_values VALUES(5,5,0,3.6983165167872700251,'FINITE');
INSERT INTO trial_values VALUES(6,6,0,10.342400676744407661,'FINITE');
INSERT INTO trial_values VALUES(7,7,0,5.3292140876957141415,'FINITE');
INSERT INTO trial_values VALUES(8,8,0,29.366543632788971508,'FINITE');
INSERT INTO trial_values VALUES(9,9,0,2.5074623729397407245,'FINITE');
INSERT INTO trial_values VALUES(10,10,0,14.08128290753839984,'FINITE');
INSERT INTO trial_values VALUES(11,11,0,4.0747897271121038542,'FINITE');
INSERT INTO trial_values VALUES(12,12,0,4.1148225560476134887,'FINITE');
INSERT INTO trial_values VALUES(13,13,0,28.084159118258952502,'FINITE');
INSERT INTO trial_values VALUES(14,14,0,1.895679888734251639,'FINITE');
INSERT INTO trial_values VALUES(15,15,0,1.4065800549640630201,'FINITE');
INSERT INTO trial_values VALUES(16,16,0,3.337365669105772703,'FINITE');
INSERT INTO trial_values VALUES(17,17,0,2.1222926139935713862,'FINITE');
INSERT INTO trial_values VALUES(18,18,0,1.5709569800095044556,'FINITE');
INSERT INTO trial_values VALUES(19,19,0,2.0745619190472597281,'FINITE');
INSERT INTO trial_values VALUES(20,20,0,1.2674647274160042442,'FINITE');
INSERT INTO trial_values VALUES(21,21,0,0.84269359175031999242,'FINITE');
INSERT INTO trial_values VALUES(22,22,0,1.1808138263883800611,'FINITE');
INSERT INTO trial_values VALUES(23,23,0,1.5626604379994251114,'FINITE');
INSERT INTO trial_values VALUES(24,24,0,1.3054553192553091101,'FINITE');
INSERT INTO trial_values VALUES(25,25,0,1.5873697094112411143,'FINITE');
INSERT INTO trial_values VALUES(26,26,0,0.73037615939723277147,'FINITE');
INSERT INTO trial_values VALUES(27,27,0,0.65562963979774058209,'FINITE');
INSERT INTO trial_values VALUES(28,28,0,0.8460236385346167065,'FINITE');
INSERT INTO trial_values VALUES(29,29,0,0.83871101552100113529,'FINITE');
INSERT INTO trial_values VALUES(30,30,0,0.8835622305641440688,'FINITE');
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	intermediate_value FLOAT,
	intermediate_value_type VARCHAR(7) NOT NULL,
	PRIMARY KEY (trial_intermediate_value_id),
	UNIQUE (trial_id, step),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_intermediate_values VALUES(1,1,0,7.2179780741185899373,'FINITE');
INSERT INTO trial_intermediate_values VALUES(2,1,1,6.014981728432157837,'FINITE');
INSERT INTO trial_intermediate_values VALUES(3,1,2,5.6139829465366810623,'FINITE');
INSERT INTO trial_intermediate_values VALUES(4,1,3,5.4134835555889422309,'FINITE');
INSERT INTO trial_intermediate_values VALUES(5,2,0,7.5984648887801915506,'FINITE');
INSERT INTO trial_intermediate_values VALUES(6,2,1,6.3320540739834925147,'FINITE');
INSERT INTO trial_intermediate_values VALUES(7,2,2,5.9099171357179267616,'FINITE');
INSERT INTO trial_intermediate_values VALUES(8,2,3,5.6988486665851434409,'FINITE');
INSERT INTO trial_intermediate_values VALUES(9,3,0,15.16152373675470244,'FINITE');
INSERT INTO trial_intermediate_values VALUES(10,3,1,12.634603113962253218,'FINITE');
INSERT INTO trial_intermediate_values VALUES(11,3,2,11.792296239698103477,'FINITE');
INSERT INTO trial_intermediate_values VALUES(12,3,3,11.37114280256602683,'FINITE');
INSERT INTO trial_intermediate_values VALUES(13,4,0,8.1439012037878342198,'FINITE');
INSERT INTO trial_intermediate_values VALUES(14,4,1,6.7865843364898612577,'FINITE');
INSERT INTO trial_intermediate_values VALUES(15,4,2,6.3341453807238714546,'FINITE');
INSERT INTO trial_intermediate_values VALUES(16,4,3,6.1079259028408756648,'FINITE');
INSERT INTO trial_intermediate_values VALUES(17,5,0,5.5474747751809054818,'FINITE');
INSERT INTO trial_intermediate_values VALUES(18,5,1,4.6228956459840873094,'FINITE');
INSERT INTO trial_intermediate_values VALUES(19,5,2,4.314702602918481844,'FINITE');
INSERT INTO trial_intermediate_values VALUES(20,5,3,4.1606060813856791114,'FINITE');
INSERT INTO trial_intermediate_values VALUES(21,6,0,15.513601015116611492,'FINITE');
INSERT INTO trial_intermediate_values VALUES(22,6,1,12.928000845930508688,'FINITE');
INSERT INTO trial_intermediate_values VALUES(23,6,2,12.066134122868476197,'FINITE');
INSERT INTO trial_intermediate_values VALUES(24,6,3,11.635200761337458174,'FINITE');
INSERT INTO trial_intermediate_values VALUES(25,7,0,7.9938211315435712123,'FINITE');
INSERT INTO trial_intermediate_values VALUES(26,7,1,6.6615176096196426769,'FINITE');
INSERT INTO trial_intermediate_values VALUES(27,7,2,6.2174164356450001278,'FINITE');
INSERT INTO trial_intermediate_values VALUES(28,7,3,5.9953658486576788533,'FINITE');
INSERT INTO trial_intermediate_values VALUES(29,8,0,35.239852359346762965,'FINITE');
INSERT INTO trial_intermediate_values VALUES(30,8,1,29.366543632788971508,'FINITE');
INSERT INTO trial_intermediate_values VALUES(31,9,0,3.7611935594096110868,'FINITE');
INSERT INTO trial_intermediate_values VALUES(32,9,1,3.1343279661746761277,'FINITE');
INSERT INTO trial_intermediate_values VALUES(33,9,2,2.925372768429697512,'FINITE');
INSERT INTO trial_intermediate_values VALUES(34,9,3,2.8208951695572084261,'FINITE');
INSERT INTO trial_intermediate_values VALUES(35,10,0,16.897539489046078386,'FINITE');
INSERT INTO trial_intermediate_values VALUES(36,10,1,14.08128290753839984,'FINITE');
INSERT INTO trial_intermediate_values VALUES(37,11,0,6.1121845906681553373,'FINITE');
INSERT INTO trial_intermediate_values VALUES(38,11,1,5.0934871588901300398,'FINITE');
INSERT INTO trial_intermediate_values VALUES(39,11,2,4.7539213482974549407,'FINITE');
INSERT INTO trial_intermediate_values VALUES(40,11,3,4.584138443001116947,'FINITE');
INSERT INTO trial_intermediate_values VALUES(41,12,0,6.1722338340714202331,'FINITE');
INSERT INTO trial_intermediate_values VALUES(42,12,1,5.1435281950595168609,'FINITE');
INSERT INTO trial_intermediate_values VALUES(43,12,2,4.8006263153888824035,'FINITE');
INSERT INTO trial_intermediate_values VALUES(44,12,3,4.6291753755535651748,'FINITE');
INSERT INTO trial_intermediate_values VALUES(45,13,0,33.700990941910745845,'FINITE');
INSERT INTO trial_intermediate_values VALUES(46,13,1,28.084159118258952502,'FINITE');
INSERT INTO trial_intermediate_values VALUES(47,14,0,2.8435198331013773476,'FINITE');
INSERT INTO trial_intermediate_values VALUES(48,14,1,2.3695998609178143823,'FINITE');
INSERT INTO trial_intermediate_values VALUES(49,14,2,2.2116265368566270232,'FINITE');
INSERT INTO trial_intermediate_values VALUES(50,14,3,2.1326398748260331217,'FINITE');
INSERT INTO trial_intermediate_values VALUES(51,15,0,2.1098700824460943081,'FINITE');
INSERT INTO trial_intermediate_values VALUES(52,15,1,1.7582250687050788862,'FINITE');
INSERT INTO trial_intermediate_values VALUES(53,15,2,1.6410100641247402641,'FINITE');
INSERT INTO trial_intermediate_values VALUES(54,15,3,1.5824025618345709531,'FINITE');
INSERT INTO trial_intermediate_values VALUES(55,16,0,5.0060485036586594986,'FINITE');
INSERT INTO trial_intermediate_values VALUES(56,16,1,4.1717070863822156567,'FINITE');
INSERT INTO trial_intermediate_values VALUES(57,16,2,3.8935932806234019309,'FINITE');
INSERT INTO trial_intermediate_values VALUES(58,16,3,3.7545363777439941799,'FINITE');
INSERT INTO trial_intermediate_values VALUES(59,17,0,3.1834389209903570794,'FINITE');
INSERT INTO trial_intermediate_values VALUES(60,17,1,2.6528657674919644549,'FINITE');
INSERT INTO trial_intermediate_values VALUES(61,17,2,2.4760080496591667653,'FINITE');
INSERT INTO trial_intermediate_values VALUES(62,17,3,2.3875791907427679205,'FINITE');
INSERT INTO trial_intermediate_values VALUES(63,18,0,2.3564354700142566834,'FINITE');
INSERT INTO trial_intermediate_values VALUES(64,18,1,1.9636962250118805695,'FINITE');
INSERT INTO trial_intermediate_values VALUES(65,18,2,1.8327831433444219388,'FINITE');
INSERT INTO trial_intermediate_values VALUES(66,18,3,1.7673266025106926235,'FINITE');
INSERT INTO trial_intermediate_values VALUES(67,19,0,3.1118428785708895922,'FINITE');
INSERT INTO trial_intermediate_values VALUES(68,19,1,2.5932023988090744381,'FINITE');
INSERT INTO trial_intermediate_values VALUES(69,19,2,2.4203222388884699789,'FINITE');
INSERT INTO trial_intermediate_values VALUES(70,19,3,2.3338821589281670831,'FINITE');
INSERT INTO trial_intermediate_values VALUES(71,20,0,1.9011970911240063664,'FINITE');
INSERT INTO trial_intermediate_values VALUES(72,20,1,1.5843309092700053053,'FINITE');
INSERT INTO trial_intermediate_values VALUES(73,20,2,1.4787088486520050256,'FINITE');
INSERT INTO trial_intermediate_values VALUES(74,20,3,1.4258978183430048858,'FINITE');
INSERT INTO trial_intermediate_values VALUES(75,21,0,1.2640403876254799886,'FINITE');
INSERT INTO trial_intermediate_values VALUES(76,21,1,1.0533669896879001015,'FINITE');
INSERT INTO trial_intermediate_values VALUES(77,21,2,0.98314252370870669484,'FINITE');
INSERT INTO trial_intermediate_values VALUES(78,21,3,0.94803029071911004699,'FINITE');
INSERT INTO trial_intermediate_values VALUES(79,22,0,1.7712207395825700917,'FINITE');
INSERT INTO trial_intermediate_values VALUES(80,22,1,1.4760172829854751874,'FINITE');
INSERT INTO trial_intermediate_values VALUES(81,22,2,1.3776161307864434046,'FINITE');
INSERT INTO trial_intermediate_values VALUES(82,22,3,1.3284155546869276243,'FINITE');
INSERT INTO trial_intermediate_values VALUES(83,23,0,2.3439906569991375562,'FINITE');
INSERT INTO trial_intermediate_values VALUES(84,23,1,1.9533255474992814448,'FINITE');
INSERT INTO trial_intermediate_values VALUES(85,23,2,1.8231038443326628151,'FINITE');
INSERT INTO trial_intermediate_values VALUES(86,23,3,1.7579929927493531671,'FINITE');
INSERT INTO trial_intermediate_values VALUES(87,24,0,1.9581829788829636651,'FINITE');
INSERT INTO trial_intermediate_values VALUES(88,24,1,1.6318191490691362766,'FINITE');
INSERT INTO trial_intermediate_values VALUES(89,24,2,1.5230312057978607764,'FINITE');
INSERT INTO trial_intermediate_values VALUES(90,24,3,1.4686372341622226933,'FINITE');
INSERT INTO trial_intermediate_values VALUES(91,25,0,2.3810545641168614494,'FINITE');
INSERT INTO trial_intermediate_values VALUES(92,25,1,1.9842121367640515039,'FINITE');
INSERT INTO trial_intermediate_values VALUES(93,25,2,1.8519313276464481887,'FINITE');
INSERT INTO trial_intermediate_values VALUES(94,25,3,1.7857909230876463091,'FINITE');
INSERT INTO trial_intermediate_values VALUES(95,26,0,1.0955642390958491017,'FINITE');
INSERT INTO trial_intermediate_values VALUES(96,26,1,0.91297019924654099209,'FINITE');
INSERT INTO trial_intermediate_values VALUES(97,26,2,0.85210551929677158522,'FINITE');
INSERT INTO trial_intermediate_values VALUES(98,26,3,0.82167317932188688178,'FINITE');
INSERT INTO trial_intermediate_values VALUES(99,27,0,0.98344445969661087314,'FINITE');
INSERT INTO trial_intermediate_values VALUES(100,27,1,0.8195370497471756721,'FINITE');
INSERT INTO trial_intermediate_values VALUES(101,27,2,0.76490124643069734577,'FINITE');
INSERT INTO trial_intermediate_values VALUES(102,27,3,0.7375833447724581271,'FINITE');
INSERT INTO trial_intermediate_values VALUES(103,28,0,1.2690354578019249487,'FINITE');
INSERT INTO trial_intermediate_values VALUES(104,28,1,1.0575295481682709386,'FINITE');
INSERT INTO trial_intermediate_values VALUES(105,28,2,0.9870275782903862316,'FINITE');
INSERT INTO trial_intermediate_values VALUES(106,28,3,0.95177659335144382257,'FINITE');
INSERT INTO trial_intermediate_values VALUES(107,29,0,1.2580665232815015919,'FINITE');
INSERT INTO trial_intermediate_values VALUES(108,29,1,1.0483887694012514746,'FINITE');
INSERT INTO trial_intermediate_values VALUES(109,29,2,0.97849618477450139852,'FINITE');
INSERT INTO trial_intermediate_values VALUES(110,29,3,0.94354989246112630496,'FINITE');
INSERT INTO trial_intermediate_values VALUES(111,30,0,1.3253433458462160476,'FINITE');
INSERT INTO trial_intermediate_values VALUES(112,30,1,1.1044527882051800027,'FINITE');
INSERT INTO trial_intermediate_values VALUES(113,30,2,1.0308226023248348024,'FINITE');
INSERT INTO trial_intermediate_values VALUES(114,30,3,0.99400750938466209127,'FINITE');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL,
	trial_id INTEGER NOT NULL,
	heartbeat DATETIME NOT NULL,
	PRIMARY KEY (trial_heartbeat_id),
	UNIQUE (trial_id),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('v3.2.0.a');
CREATE TABLE hone_studies (
	study_id INTEGER NOT NULL PRIMARY KEY,
	settings_json TEXT NOT NULL
);
INSERT INTO hone_studies VALUES(1,'{"data": "made up", "direction": "minimize", "history": "deterministic, lag 3", "pruner": "median {\"percentile\":50,\"startup_trials\":5,\"warmup_steps\":1,\"interval_steps\":1,\"min_trials\":1}", "sampler": "tpe {\"startup_trials\":10,\"candidates\":24,\"form\":\"automatic\"}", "seed": "2026"}');
CREATE TABLE hone_trials (
	trial_id INTEGER NOT NULL PRIMARY KEY,
	token TEXT,
	pid INTEGER,
	host TEXT,
	boot_id TEXT,
	pid_namespace TEXT,
	process_start TEXT,
	seen TEXT,
	released INTEGER NOT NULL DEFAULT 0,
	enqueued_params TEXT
);
INSERT INTO hone_trials VALUES(1,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(2,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(3,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(4,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(5,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(6,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(7,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(8,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(9,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(10,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(11,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(12,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(13,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(14,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(15,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(16,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(17,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(18,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(19,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(20,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(21,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(22,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(23,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(24,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(25,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(26,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(27,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(28,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(29,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(30,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',0,NULL);
INSERT INTO hone_trials VALUES(31,NULL,19531,'vm','c98f34a5-2f61-4016-a37d-206e5085e28f','pid:[4026531836]','211548','',1,'');
CREATE TABLE hone_reports (
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	prune INTEGER NOT NULL,
	reason TEXT,
	seen TEXT,
	PRIMARY KEY (trial_id, step)
) WITHOUT ROWID;
INSERT INTO hone_reports VALUES(1,0,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(1,1,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(1,2,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(1,3,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,0,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,1,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,2,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,3,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,0,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,1,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,2,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,3,0,'kept: 0 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,0,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,1,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,2,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,3,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,0,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,1,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,2,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,3,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(6,0,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(6,1,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(6,2,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(6,3,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(7,0,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(7,1,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(7,2,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(7,3,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(8,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(8,1,1,'best so far 29.37 is above the median 6.332 of 5 finished trials at step 1','');
INSERT INTO hone_reports VALUES(9,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(9,1,0,'kept: best so far 3.134 is below the median 6.559 of 6 finished trials at step 1','');
INSERT INTO hone_reports VALUES(9,2,0,'kept: best so far 2.925 is below the median 6.122 of 6 finished trials at step 2','');
INSERT INTO hone_reports VALUES(9,3,0,'kept: best so far 2.821 is below the median 5.903 of 6 finished trials at step 3','');
INSERT INTO hone_reports VALUES(10,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(10,1,1,'best so far 14.08 is above the median 6.662 of 7 finished trials at step 1','');
INSERT INTO hone_reports VALUES(11,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(11,1,0,'kept: best so far 5.093 is below the median 6.662 of 7 finished trials at step 1','');
INSERT INTO hone_reports VALUES(11,2,0,'kept: best so far 4.754 is below the median 6.217 of 7 finished trials at step 2','');
INSERT INTO hone_reports VALUES(11,3,0,'kept: best so far 4.584 is below the median 5.995 of 7 finished trials at step 3','');
INSERT INTO hone_reports VALUES(12,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(12,1,0,'kept: best so far 5.144 is below the median 6.497 of 8 finished trials at step 1','');
INSERT INTO hone_reports VALUES(12,2,0,'kept: best so far 4.801 is below the median 6.064 of 8 finished trials at step 2','');
INSERT INTO hone_reports VALUES(12,3,0,'kept: best so far 4.629 is below the median 5.847 of 8 finished trials at step 3','');
INSERT INTO hone_reports VALUES(13,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(13,1,1,'best so far 28.08 is above the median 6.497 of 8 finished trials at step 1','');
INSERT INTO hone_reports VALUES(14,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(14,1,0,'kept: best so far 2.37 is below the median 6.332 of 9 finished trials at step 1','');
INSERT INTO hone_reports VALUES(14,2,0,'kept: best so far 2.212 is below the median 5.91 of 9 finished trials at step 2','');
INSERT INTO hone_reports VALUES(14,3,0,'kept: best so far 2.133 is below the median 5.699 of 9 finished trials at step 3','');
INSERT INTO hone_reports VALUES(15,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(15,1,0,'kept: best so far 1.758 is below the median 6.174 of 10 finished trials at step 1','');
INSERT INTO hone_reports VALUES(15,2,0,'kept: best so far 1.641 is below the median 5.762 of 10 finished trials at step 2','');
INSERT INTO hone_reports VALUES(15,3,0,'kept: best so far 1.582 is below the median 5.556 of 10 finished trials at step 3','');
INSERT INTO hone_reports VALUES(16,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(16,1,0,'kept: best so far 4.172 is below the median 6.174 of 10 finished trials at step 1','');
INSERT INTO hone_reports VALUES(16,2,0,'kept: best so far 3.894 is below the median 5.762 of 10 finished trials at step 2','');
INSERT INTO hone_reports VALUES(16,3,0,'kept: best so far 3.755 is below the median 5.556 of 10 finished trials at step 3','');
INSERT INTO hone_reports VALUES(17,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(17,1,0,'kept: best so far 2.653 is below the median 6.015 of 11 finished trials at step 1','');
INSERT INTO hone_reports VALUES(17,2,0,'kept: best so far 2.476 is below the median 5.614 of 11 finished trials at step 2','');
INSERT INTO hone_reports VALUES(17,3,0,'kept: best so far 2.388 is below the median 5.413 of 11 finished trials at step 3','');
INSERT INTO hone_reports VALUES(18,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(18,1,0,'kept: best so far 1.964 is below the median 5.579 of 12 finished trials at step 1','');
INSERT INTO hone_reports VALUES(18,2,0,'kept: best so far 1.833 is below the median 5.207 of 12 finished trials at step 2','');
INSERT INTO hone_reports VALUES(18,3,0,'kept: best so far 1.767 is below the median 5.021 of 12 finished trials at step 3','');
INSERT INTO hone_reports VALUES(19,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(19,1,0,'kept: best so far 2.593 is below the median 5.144 of 13 finished trials at step 1','');
INSERT INTO hone_reports VALUES(19,2,0,'kept: best so far 2.42 is below the median 4.801 of 13 finished trials at step 2','');
INSERT INTO hone_reports VALUES(19,3,0,'kept: best so far 2.334 is below the median 4.629 of 13 finished trials at step 3','');
INSERT INTO hone_reports VALUES(20,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(20,1,0,'kept: best so far 1.584 is below the median 5.119 of 14 finished trials at step 1','');
INSERT INTO hone_reports VALUES(20,2,0,'kept: best so far 1.479 is below the median 4.777 of 14 finished trials at step 2','');
INSERT INTO hone_reports VALUES(20,3,0,'kept: best so far 1.426 is below the median 4.607 of 14 finished trials at step 3','');
INSERT INTO hone_reports VALUES(21,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(21,1,0,'kept: best so far 1.053 is below the median 5.093 of 15 finished trials at step 1','');
INSERT INTO hone_reports VALUES(21,2,0,'kept: best so far 0.9831 is below the median 4.754 of 15 finished trials at step 2','');
INSERT INTO hone_reports VALUES(21,3,0,'kept: best so far 0.948 is below the median 4.584 of 15 finished trials at step 3','');
INSERT INTO hone_reports VALUES(22,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(22,1,0,'kept: best so far 1.476 is below the median 4.858 of 16 finished trials at step 1','');
INSERT INTO hone_reports VALUES(22,2,0,'kept: best so far 1.378 is below the median 4.534 of 16 finished trials at step 2','');
INSERT INTO hone_reports VALUES(22,3,0,'kept: best so far 1.328 is below the median 4.372 of 16 finished trials at step 3','');
INSERT INTO hone_reports VALUES(23,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(23,1,0,'kept: best so far 1.953 is below the median 4.623 of 17 finished trials at step 1','');
INSERT INTO hone_reports VALUES(23,2,0,'kept: best so far 1.823 is below the median 4.315 of 17 finished trials at step 2','');
INSERT INTO hone_reports VALUES(23,3,0,'kept: best so far 1.758 is below the median 4.161 of 17 finished trials at step 3','');
INSERT INTO hone_reports VALUES(24,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(24,1,0,'kept: best so far 1.632 is below the median 4.397 of 18 finished trials at step 1','');
INSERT INTO hone_reports VALUES(24,2,0,'kept: best so far 1.523 is below the median 4.104 of 18 finished trials at step 2','');
INSERT INTO hone_reports VALUES(24,3,0,'kept: best so far 1.469 is below the median 3.958 of 18 finished trials at step 3','');
INSERT INTO hone_reports VALUES(25,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(25,1,0,'kept: best so far 1.984 is below the median 4.172 of 19 finished trials at step 1','');
INSERT INTO hone_reports VALUES(25,2,0,'kept: best so far 1.852 is below the median 3.894 of 19 finished trials at step 2','');
INSERT INTO hone_reports VALUES(25,3,0,'kept: best so far 1.786 is below the median 3.755 of 19 finished trials at step 3','');
INSERT INTO hone_reports VALUES(26,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(26,1,0,'kept: best so far 0.913 is below the median 3.653 of 20 finished trials at step 1','');
INSERT INTO hone_reports VALUES(26,2,0,'kept: best so far 0.8521 is below the median 3.409 of 20 finished trials at step 2','');
INSERT INTO hone_reports VALUES(26,3,0,'kept: best so far 0.8217 is below the median 3.288 of 20 finished trials at step 3','');
INSERT INTO hone_reports VALUES(27,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(27,1,0,'kept: best so far 0.8195 is below the median 3.134 of 21 finished trials at step 1','');
INSERT INTO hone_reports VALUES(27,2,0,'kept: best so far 0.7649 is below the median 2.925 of 21 finished trials at step 2','');
INSERT INTO hone_reports VALUES(27,3,0,'kept: best so far 0.7376 is below the median 2.821 of 21 finished trials at step 3','');
INSERT INTO hone_reports VALUES(28,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(28,1,0,'kept: best so far 1.058 is below the median 2.894 of 22 finished trials at step 1','');
INSERT INTO hone_reports VALUES(28,2,0,'kept: best so far 0.987 is below the median 2.701 of 22 finished trials at step 2','');
INSERT INTO hone_reports VALUES(28,3,0,'kept: best so far 0.9518 is below the median 2.604 of 22 finished trials at step 3','');
INSERT INTO hone_reports VALUES(29,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(29,1,0,'kept: best so far 1.048 is below the median 2.653 of 23 finished trials at step 1','');
INSERT INTO hone_reports VALUES(29,2,0,'kept: best so far 0.9785 is below the median 2.476 of 23 finished trials at step 2','');
INSERT INTO hone_reports VALUES(29,3,0,'kept: best so far 0.9435 is below the median 2.388 of 23 finished trials at step 3','');
INSERT INTO hone_reports VALUES(30,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(30,1,0,'kept: best so far 1.104 is below the median 2.623 of 24 finished trials at step 1','');
INSERT INTO hone_reports VALUES(30,2,0,'kept: best so far 1.031 is below the median 2.448 of 24 finished trials at step 2','');
INSERT INTO hone_reports VALUES(30,3,0,'kept: best so far 0.994 is below the median 2.361 of 24 finished trials at step 3','');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
