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
INSERT INTO trials VALUES(1,0,1,'COMPLETE','2026-11-27 01:55:56.004279','2026-11-27 01:55:56.005031');
INSERT INTO trials VALUES(2,1,1,'COMPLETE','2026-11-27 01:55:56.005122','2026-11-27 01:55:56.005304');
INSERT INTO trials VALUES(3,2,1,'COMPLETE','2026-11-27 01:55:56.005344','2026-11-27 01:55:56.005510');
INSERT INTO trials VALUES(4,3,1,'COMPLETE','2026-11-27 01:55:56.005547','2026-11-27 01:55:56.005711');
INSERT INTO trials VALUES(5,4,1,'COMPLETE','2026-11-27 01:55:56.005755','2026-11-27 01:55:56.005920');
INSERT INTO trials VALUES(6,5,1,'PRUNED','2026-11-27 01:55:56.005956','2026-11-27 01:55:56.006106');
INSERT INTO trials VALUES(7,6,1,'PRUNED','2026-11-27 01:55:56.006178','2026-11-27 01:55:56.006304');
INSERT INTO trials VALUES(8,7,1,'PRUNED','2026-11-27 01:55:56.006364','2026-11-27 01:55:56.006506');
INSERT INTO trials VALUES(9,8,1,'COMPLETE','2026-11-27 01:55:56.006568','2026-11-27 01:55:56.006733');
INSERT INTO trials VALUES(10,9,1,'PRUNED','2026-11-27 01:55:56.006773','2026-11-27 01:55:56.006888');
INSERT INTO trials VALUES(11,10,1,'PRUNED','2026-11-27 01:55:56.006946','2026-11-27 01:55:56.007231');
INSERT INTO trials VALUES(12,11,1,'COMPLETE','2026-11-27 01:55:56.007301','2026-11-27 01:55:56.007543');
INSERT INTO trials VALUES(13,12,1,'COMPLETE','2026-11-27 01:55:56.007582','2026-11-27 01:55:56.012010');
INSERT INTO trials VALUES(14,13,1,'COMPLETE','2026-11-27 01:55:56.012074','2026-11-27 01:55:56.012367');
INSERT INTO trials VALUES(15,14,1,'COMPLETE','2026-11-27 01:55:56.012410','2026-11-27 01:55:56.012676');
INSERT INTO trials VALUES(16,15,1,'COMPLETE','2026-11-27 01:55:56.012716','2026-11-27 01:55:56.012963');
INSERT INTO trials VALUES(17,16,1,'COMPLETE','2026-11-27 01:55:56.013004','2026-11-27 01:55:56.013243');
INSERT INTO trials VALUES(18,17,1,'COMPLETE','2026-11-27 01:55:56.013282','2026-11-27 01:55:56.013552');
INSERT INTO trials VALUES(19,18,1,'COMPLETE','2026-11-27 01:55:56.013595','2026-11-27 01:55:56.013842');
INSERT INTO trials VALUES(20,19,1,'COMPLETE','2026-11-27 01:55:56.013881','2026-11-27 01:55:56.014123');
INSERT INTO trials VALUES(21,20,1,'COMPLETE','2026-11-27 01:55:56.014163','2026-11-27 01:55:56.014404');
INSERT INTO trials VALUES(22,21,1,'COMPLETE','2026-11-27 01:55:56.014443','2026-11-27 01:55:56.014701');
INSERT INTO trials VALUES(23,22,1,'COMPLETE','2026-11-27 01:55:56.014740','2026-11-27 01:55:56.014978');
INSERT INTO trials VALUES(24,23,1,'COMPLETE','2026-11-27 01:55:56.015016','2026-11-27 01:55:56.015245');
INSERT INTO trials VALUES(25,24,1,'COMPLETE','2026-11-27 01:55:56.015286','2026-11-27 01:55:56.015527');
INSERT INTO trials VALUES(26,25,1,'COMPLETE','2026-11-27 01:55:56.015568','2026-11-27 01:55:56.024015');
INSERT INTO trials VALUES(27,26,1,'COMPLETE','2026-11-27 01:55:56.024089','2026-11-27 01:55:56.024409');
INSERT INTO trials VALUES(28,27,1,'COMPLETE','2026-11-27 01:55:56.024457','2026-11-27 01:55:56.024723');
INSERT INTO trials VALUES(29,28,1,'COMPLETE','2026-11-27 01:55:56.024762','2026-11-27 01:55:56.025041');
INSERT INTO trials VALUES(30,29,1,'COMPLETE','2026-11-27 01:55:56.025084','2026-11-27 01:55:56.025348');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_user_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_user_attributes VALUES(1,6,'prune_reason','"best so far 12.93 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(2,7,'prune_reason','"best so far 6.662 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(3,8,'prune_reason','"best so far 29.37 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(4,10,'prune_reason','"best so far 14.08 is above the median 6.174 of 6 finished trials at step 1"');
INSERT INTO trial_user_attributes VALUES(5,11,'prune_reason','"best so far 8.776 is above the median 6.174 of 6 finished trials at step 1"');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL,
	trial_id INTEGER,
	"key" VARCHAR(512),
	value_json TEXT,
	PRIMARY KEY (trial_system_attribute_id),
	UNIQUE (trial_id, "key"),
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO trial_system_attributes VALUES(1,6,'prune_reason','"best so far 12.93 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(2,7,'prune_reason','"best so far 6.662 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(3,8,'prune_reason','"best so far 29.37 is above the median 6.332 of 5 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(4,10,'prune_reason','"best so far 14.08 is above the median 6.174 of 6 finished trials at step 1"');
INSERT INTO trial_system_attributes VALUES(5,11,'prune_reason','"best so far 8.776 is above the median 6.174 of 6 finished trials at step 1"');
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
INSERT INTO trial_params VALUES(51,11,'x',-1.9699374180405739842,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(52,11,'lr',3.8845830778504365386e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(53,11,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(54,11,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(55,11,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(56,12,'x',0.77797171333514814062,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(57,12,'lr',0.00016310557395725542553,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(58,12,'n',6.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(59,12,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(60,12,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(61,13,'x',0.0051239066606165728501,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(62,13,'lr',0.00012956557860052800084,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(63,13,'n',7.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(64,13,'q',0.1500000000000000222,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(65,13,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(66,14,'x',0.26407618687135570034,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(67,14,'lr',0.0001950694951365517665,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(68,14,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(69,14,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(70,14,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(71,15,'x',-0.48817520336164021976,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(72,15,'lr',7.7150229840290142878e-05,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(73,15,'n',3.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(74,15,'q',0.1500000000000000222,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(75,15,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(76,16,'x',0.48612378431838243475,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(77,16,'lr',0.00013633361006545603559,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(78,16,'n',8.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(79,16,'q',0.2000000000000000111,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(80,16,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(81,17,'x',0.052397717489445022609,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(82,17,'lr',0.00050098939235705566928,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(83,17,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(84,17,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(85,17,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(86,18,'x',-0.25605959380498199973,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(87,18,'lr',0.0010139688986187166217,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(88,18,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(89,18,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(90,18,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(91,19,'x',-0.94077090366079985095,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(92,19,'lr',0.00088563170689676302699,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(93,19,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(94,19,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(95,19,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(96,20,'x',-0.26464868981502559508,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(97,20,'lr',0.0023057727504467496505,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(98,20,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(99,20,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(100,20,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(101,21,'x',-0.092442576397649023345,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(102,21,'lr',0.0046321752642617761847,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(103,21,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(104,21,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(105,21,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(106,22,'x',0.052331732568778988046,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(107,22,'lr',0.0031406010644965498372,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(108,22,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(109,22,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(110,22,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(111,23,'x',-0.48785003687997446908,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(112,23,'lr',0.0033664986137082780932,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(113,23,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(114,23,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(115,23,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(116,24,'x',-0.0013481278493505458038,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(117,24,'lr',0.0040136602422144174173,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(118,24,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(119,24,'q',0.0,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(120,24,'kind',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(121,25,'x',0.64355486098451719634,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(122,25,'lr',0.0040816097768194298939,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(123,25,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(124,25,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(125,25,'kind',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(126,26,'x',-0.078125841856491795578,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(127,26,'lr',0.0024858143853143496899,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(128,26,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(129,26,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(130,26,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(131,27,'x',-0.21461329192477088256,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(132,27,'lr',0.0020660990545093450149,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(133,27,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(134,27,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(135,27,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(136,28,'x',-0.82854154875195751284,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(137,28,'lr',0.0018201149758322644495,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(138,28,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(139,28,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(140,28,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(141,29,'x',-0.17605949163883616304,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(142,29,'lr',0.0026037211583053378356,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(143,29,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(144,29,'q',0.10000000000000000555,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
INSERT INTO trial_params VALUES(145,29,'kind',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["a", "b", "c"]}}');
INSERT INTO trial_params VALUES(146,30,'x',0.31175508829324893866,'{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}}');
INSERT INTO trial_params VALUES(147,30,'lr',0.0021176338354209510092,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}}');
INSERT INTO trial_params VALUES(148,30,'n',5.0,'{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}');
INSERT INTO trial_params VALUES(149,30,'q',0.050000000000000002775,'{"name": "FloatDistribution", "attributes": {"step": 0.05, "low": 0.0, "high": 0.35, "log": false}}');
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
INSERT INTO trial_values VALUES(6,6,0,12.928000845930508688,'FINITE');
INSERT INTO trial_values VALUES(7,7,0,6.6615176096196426769,'FINITE');
INSERT INTO trial_values VALUES(8,8,0,29.366543632788971508,'FINITE');
INSERT INTO trial_values VALUES(9,9,0,2.5074623729397407245,'FINITE');
INSERT INTO trial_values VALUES(10,10,0,14.08128290753839984,'FINITE');
INSERT INTO trial_values VALUES(11,11,0,8.7757532668258200203,'FINITE');
INSERT INTO trial_values VALUES(12,12,0,2.4254453732500840246,'FINITE');
INSERT INTO trial_values VALUES(13,13,0,2.1377008956432668185,'FINITE');
INSERT INTO trial_values VALUES(14,14,0,1.6735673771792567432,'FINITE');
INSERT INTO trial_values VALUES(15,15,0,2.4263334817852553193,'FINITE');
INSERT INTO trial_values VALUES(16,16,0,2.4852284140911100607,'FINITE');
INSERT INTO trial_values VALUES(17,17,0,1.1428484319125682411,'FINITE');
INSERT INTO trial_values VALUES(18,18,0,1.065602811795901772,'FINITE');
INSERT INTO trial_values VALUES(19,19,0,1.8878321226718668413,'FINITE');
INSERT INTO trial_values VALUES(20,20,0,0.70167474343396230018,'FINITE');
INSERT INTO trial_values VALUES(21,21,0,0.95181527367398632843,'FINITE');
INSERT INTO trial_values VALUES(22,22,0,0.74976030731055487432,'FINITE');
INSERT INTO trial_values VALUES(23,23,0,1.0159147660484766362,'FINITE');
INSERT INTO trial_values VALUES(24,24,0,1.3642630811708762461,'FINITE');
INSERT INTO trial_values VALUES(25,25,0,1.3372779579461682164,'FINITE');
INSERT INTO trial_values VALUES(26,26,0,0.71249913742128523352,'FINITE');
INSERT INTO trial_values VALUES(27,27,0,0.69537910546026238112,'FINITE');
INSERT INTO trial_values VALUES(28,28,0,1.3041324957529056849,'FINITE');
INSERT INTO trial_values VALUES(29,29,0,0.80371570996631380712,'FINITE');
INSERT INTO trial_values VALUES(30,30,0,0.75337002291341326198,'FINITE');
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
INSERT INTO trial_intermediate_values VALUES(23,7,0,7.9938211315435712123,'FINITE');
INSERT INTO trial_intermediate_values VALUES(24,7,1,6.6615176096196426769,'FINITE');
INSERT INTO trial_intermediate_values VALUES(25,8,0,35.239852359346762965,'FINITE');
INSERT INTO trial_intermediate_values VALUES(26,8,1,29.366543632788971508,'FINITE');
INSERT INTO trial_intermediate_values VALUES(27,9,0,3.7611935594096110868,'FINITE');
INSERT INTO trial_intermediate_values VALUES(28,9,1,3.1343279661746761277,'FINITE');
INSERT INTO trial_intermediate_values VALUES(29,9,2,2.925372768429697512,'FINITE');
INSERT INTO trial_intermediate_values VALUES(30,9,3,2.8208951695572084261,'FINITE');
INSERT INTO trial_intermediate_values VALUES(31,10,0,16.897539489046078386,'FINITE');
INSERT INTO trial_intermediate_values VALUES(32,10,1,14.08128290753839984,'FINITE');
INSERT INTO trial_intermediate_values VALUES(33,11,0,10.530903920190983313,'FINITE');
INSERT INTO trial_intermediate_values VALUES(34,11,1,8.7757532668258200203,'FINITE');
INSERT INTO trial_intermediate_values VALUES(35,12,0,3.6381680598751260369,'FINITE');
INSERT INTO trial_intermediate_values VALUES(36,12,1,3.0318067165626052528,'FINITE');
INSERT INTO trial_intermediate_values VALUES(37,12,2,2.8296862687917649914,'FINITE');
INSERT INTO trial_intermediate_values VALUES(38,12,3,2.7286260449063446387,'FINITE');
INSERT INTO trial_intermediate_values VALUES(39,13,0,3.2065513434649002277,'FINITE');
INSERT INTO trial_intermediate_values VALUES(40,13,1,2.6721261195540835231,'FINITE');
INSERT INTO trial_intermediate_values VALUES(41,13,2,2.493984378250478251,'FINITE');
INSERT INTO trial_intermediate_values VALUES(42,13,3,2.4049135075986751708,'FINITE');
INSERT INTO trial_intermediate_values VALUES(43,14,0,2.5103510657688850038,'FINITE');
INSERT INTO trial_intermediate_values VALUES(44,14,1,2.0919592214740707625,'FINITE');
INSERT INTO trial_intermediate_values VALUES(45,14,2,1.9524952733757996448,'FINITE');
INSERT INTO trial_intermediate_values VALUES(46,14,3,1.8827632993266638639,'FINITE');
INSERT INTO trial_intermediate_values VALUES(47,15,0,3.639500222677883201,'FINITE');
INSERT INTO trial_intermediate_values VALUES(48,15,1,3.0329168522315690381,'FINITE');
INSERT INTO trial_intermediate_values VALUES(49,15,2,2.8307223954161315759,'FINITE');
INSERT INTO trial_intermediate_values VALUES(50,15,3,2.7296251670084124008,'FINITE');
INSERT INTO trial_intermediate_values VALUES(51,16,0,3.727842621136665091,'FINITE');
INSERT INTO trial_intermediate_values VALUES(52,16,1,3.1065355176138877979,'FINITE');
INSERT INTO trial_intermediate_values VALUES(53,16,2,2.8994331497729617375,'FINITE');
INSERT INTO trial_intermediate_values VALUES(54,16,3,2.7958819658524989293,'FINITE');
INSERT INTO trial_intermediate_values VALUES(55,17,0,1.7142726478688523616,'FINITE');
INSERT INTO trial_intermediate_values VALUES(56,17,1,1.4285605398907104124,'FINITE');
INSERT INTO trial_intermediate_values VALUES(57,17,2,1.333323170564663096,'FINITE');
INSERT INTO trial_intermediate_values VALUES(58,17,3,1.2857044859016393267,'FINITE');
INSERT INTO trial_intermediate_values VALUES(59,18,0,1.598404217693852658,'FINITE');
INSERT INTO trial_intermediate_values VALUES(60,18,1,1.332003514744877215,'FINITE');
INSERT INTO trial_intermediate_values VALUES(61,18,2,1.2432032804285522153,'FINITE');
INSERT INTO trial_intermediate_values VALUES(62,18,3,1.1988031632703894935,'FINITE');
INSERT INTO trial_intermediate_values VALUES(63,19,0,2.8317481840078002619,'FINITE');
INSERT INTO trial_intermediate_values VALUES(64,19,1,2.3597901533398335516,'FINITE');
INSERT INTO trial_intermediate_values VALUES(65,19,2,2.2024708097838447962,'FINITE');
INSERT INTO trial_intermediate_values VALUES(66,19,3,2.1238111380058501964,'FINITE');
INSERT INTO trial_intermediate_values VALUES(67,20,0,1.0525121151509435613,'FINITE');
INSERT INTO trial_intermediate_values VALUES(68,20,1,0.87709342929245281972,'FINITE');
INSERT INTO trial_intermediate_values VALUES(69,20,2,0.81862053400628942423,'FINITE');
INSERT INTO trial_intermediate_values VALUES(70,20,3,0.78938408636320755995,'FINITE');
INSERT INTO trial_intermediate_values VALUES(71,21,0,1.4277229105109794371,'FINITE');
INSERT INTO trial_intermediate_values VALUES(72,21,1,1.1897690920924828272,'FINITE');
INSERT INTO trial_intermediate_values VALUES(73,21,2,1.110451152619650772,'FINITE');
INSERT INTO trial_intermediate_values VALUES(74,21,3,1.0707921828832345223,'FINITE');
INSERT INTO trial_intermediate_values VALUES(75,22,0,1.1246404609658322559,'FINITE');
INSERT INTO trial_intermediate_values VALUES(76,22,1,0.93720038413819362066,'FINITE');
INSERT INTO trial_intermediate_values VALUES(77,22,2,0.87472035852898077923,'FINITE');
INSERT INTO trial_intermediate_values VALUES(78,22,3,0.84348034572437424749,'FINITE');
INSERT INTO trial_intermediate_values VALUES(79,23,0,1.5238721490727149543,'FINITE');
INSERT INTO trial_intermediate_values VALUES(80,23,1,1.2698934575605957952,'FINITE');
INSERT INTO trial_intermediate_values VALUES(81,23,2,1.1852338937232227422,'FINITE');
INSERT INTO trial_intermediate_values VALUES(82,23,3,1.1429041118045362157,'FINITE');
INSERT INTO trial_intermediate_values VALUES(83,24,0,2.0463946217563142582,'FINITE');
INSERT INTO trial_intermediate_values VALUES(84,24,1,1.7053288514635953632,'FINITE');
INSERT INTO trial_intermediate_values VALUES(85,24,2,1.5916402613660223241,'FINITE');
INSERT INTO trial_intermediate_values VALUES(86,24,3,1.5347959663172356936,'FINITE');
INSERT INTO trial_intermediate_values VALUES(87,25,0,2.0059169369192524357,'FINITE');
INSERT INTO trial_intermediate_values VALUES(88,25,1,1.671597447432710215,'FINITE');
INSERT INTO trial_intermediate_values VALUES(89,25,2,1.5601576176038629562,'FINITE');
INSERT INTO trial_intermediate_values VALUES(90,25,3,1.5044377026894393267,'FINITE');
INSERT INTO trial_intermediate_values VALUES(91,26,0,1.0687487061319278502,'FINITE');
INSERT INTO trial_intermediate_values VALUES(92,26,1,0.89062392177660654191,'FINITE');
INSERT INTO trial_intermediate_values VALUES(93,26,2,0.83124899365816617979,'FINITE');
INSERT INTO trial_intermediate_values VALUES(94,26,3,0.80156152959894588772,'FINITE');
INSERT INTO trial_intermediate_values VALUES(95,27,0,1.0430686581903936271,'FINITE');
INSERT INTO trial_intermediate_values VALUES(96,27,1,0.86922388182532794864,'FINITE');
INSERT INTO trial_intermediate_values VALUES(97,27,2,0.81127562303697287049,'FINITE');
INSERT INTO trial_intermediate_values VALUES(98,27,3,0.78230149364279522039,'FINITE');
INSERT INTO trial_intermediate_values VALUES(99,28,0,1.9561987436293586384,'FINITE');
INSERT INTO trial_intermediate_values VALUES(100,28,1,1.6301656196911320506,'FINITE');
INSERT INTO trial_intermediate_values VALUES(101,28,2,1.5214879117117234841,'FINITE');
INSERT INTO trial_intermediate_values VALUES(102,28,3,1.4671490577220189788,'FINITE');
INSERT INTO trial_intermediate_values VALUES(103,29,0,1.2055735649494707661,'FINITE');
INSERT INTO trial_intermediate_values VALUES(104,29,1,1.0046446374578923421,'FINITE');
INSERT INTO trial_intermediate_values VALUES(105,29,2,0.93766832829403279347,'FINITE');
INSERT INTO trial_intermediate_values VALUES(106,29,3,0.90418017371210301913,'FINITE');
INSERT INTO trial_intermediate_values VALUES(107,30,0,1.1300550343701198929,'FINITE');
INSERT INTO trial_intermediate_values VALUES(108,30,1,0.94171252864176657748,'FINITE');
INSERT INTO trial_intermediate_values VALUES(109,30,2,0.87893169339898225,'FINITE');
INSERT INTO trial_intermediate_values VALUES(110,30,3,0.84754127577758997524,'FINITE');
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
INSERT INTO hone_studies VALUES(1,'{"data": "made up", "direction": "minimize", "history": "deterministic, lag 1", "pruner": "median {\"percentile\":50,\"startup_trials\":5,\"warmup_steps\":1,\"interval_steps\":1,\"min_trials\":1}", "sampler": "tpe {\"startup_trials\":10,\"candidates\":24,\"form\":\"automatic\"}", "seed": "2026"}');
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
INSERT INTO hone_reports VALUES(2,0,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,1,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,2,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(2,3,0,'kept: 1 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,0,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,1,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,2,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(3,3,0,'kept: 2 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,0,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,1,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,2,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(4,3,0,'kept: 3 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,0,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,1,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,2,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(5,3,0,'kept: 4 of 5 start-up trials finished','');
INSERT INTO hone_reports VALUES(6,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(6,1,1,'best so far 12.93 is above the median 6.332 of 5 finished trials at step 1','');
INSERT INTO hone_reports VALUES(7,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(7,1,1,'best so far 6.662 is above the median 6.332 of 5 finished trials at step 1','');
INSERT INTO hone_reports VALUES(8,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(8,1,1,'best so far 29.37 is above the median 6.332 of 5 finished trials at step 1','');
INSERT INTO hone_reports VALUES(9,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(9,1,0,'kept: best so far 3.134 is below the median 6.332 of 5 finished trials at step 1','');
INSERT INTO hone_reports VALUES(9,2,0,'kept: best so far 2.925 is below the median 5.91 of 5 finished trials at step 2','');
INSERT INTO hone_reports VALUES(9,3,0,'kept: best so far 2.821 is below the median 5.699 of 5 finished trials at step 3','');
INSERT INTO hone_reports VALUES(10,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(10,1,1,'best so far 14.08 is above the median 6.174 of 6 finished trials at step 1','');
INSERT INTO hone_reports VALUES(11,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(11,1,1,'best so far 8.776 is above the median 6.174 of 6 finished trials at step 1','');
INSERT INTO hone_reports VALUES(12,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(12,1,0,'kept: best so far 3.032 is below the median 6.174 of 6 finished trials at step 1','');
INSERT INTO hone_reports VALUES(12,2,0,'kept: best so far 2.83 is below the median 5.762 of 6 finished trials at step 2','');
INSERT INTO hone_reports VALUES(12,3,0,'kept: best so far 2.729 is below the median 5.556 of 6 finished trials at step 3','');
INSERT INTO hone_reports VALUES(13,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(13,1,0,'kept: best so far 2.672 is below the median 6.015 of 7 finished trials at step 1','');
INSERT INTO hone_reports VALUES(13,2,0,'kept: best so far 2.494 is below the median 5.614 of 7 finished trials at step 2','');
INSERT INTO hone_reports VALUES(13,3,0,'kept: best so far 2.405 is below the median 5.413 of 7 finished trials at step 3','');
INSERT INTO hone_reports VALUES(14,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(14,1,0,'kept: best so far 2.092 is below the median 5.319 of 8 finished trials at step 1','');
INSERT INTO hone_reports VALUES(14,2,0,'kept: best so far 1.952 is below the median 4.964 of 8 finished trials at step 2','');
INSERT INTO hone_reports VALUES(14,3,0,'kept: best so far 1.883 is below the median 4.787 of 8 finished trials at step 3','');
INSERT INTO hone_reports VALUES(15,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(15,1,0,'kept: best so far 3.033 is below the median 4.623 of 9 finished trials at step 1','');
INSERT INTO hone_reports VALUES(15,2,0,'kept: best so far 2.831 is below the median 4.315 of 9 finished trials at step 2','');
INSERT INTO hone_reports VALUES(15,3,0,'kept: best so far 2.73 is below the median 4.161 of 9 finished trials at step 3','');
INSERT INTO hone_reports VALUES(16,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(16,1,0,'kept: best so far 3.107 is below the median 3.879 of 10 finished trials at step 1','');
INSERT INTO hone_reports VALUES(16,2,0,'kept: best so far 2.899 is below the median 3.62 of 10 finished trials at step 2','');
INSERT INTO hone_reports VALUES(16,3,0,'kept: best so far 2.796 is below the median 3.491 of 10 finished trials at step 3','');
INSERT INTO hone_reports VALUES(17,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(17,1,0,'kept: best so far 1.429 is below the median 3.134 of 11 finished trials at step 1','');
INSERT INTO hone_reports VALUES(17,2,0,'kept: best so far 1.333 is below the median 2.925 of 11 finished trials at step 2','');
INSERT INTO hone_reports VALUES(17,3,0,'kept: best so far 1.286 is below the median 2.821 of 11 finished trials at step 3','');
INSERT INTO hone_reports VALUES(18,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(18,1,0,'kept: best so far 1.332 is below the median 3.12 of 12 finished trials at step 1','');
INSERT INTO hone_reports VALUES(18,2,0,'kept: best so far 1.243 is below the median 2.912 of 12 finished trials at step 2','');
INSERT INTO hone_reports VALUES(18,3,0,'kept: best so far 1.199 is below the median 2.808 of 12 finished trials at step 3','');
INSERT INTO hone_reports VALUES(19,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(19,1,0,'kept: best so far 2.36 is below the median 3.107 of 13 finished trials at step 1','');
INSERT INTO hone_reports VALUES(19,2,0,'kept: best so far 2.202 is below the median 2.899 of 13 finished trials at step 2','');
INSERT INTO hone_reports VALUES(19,3,0,'kept: best so far 2.124 is below the median 2.796 of 13 finished trials at step 3','');
INSERT INTO hone_reports VALUES(20,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(20,1,0,'kept: best so far 0.8771 is below the median 3.07 of 14 finished trials at step 1','');
INSERT INTO hone_reports VALUES(20,2,0,'kept: best so far 0.8186 is below the median 2.865 of 14 finished trials at step 2','');
INSERT INTO hone_reports VALUES(20,3,0,'kept: best so far 0.7894 is below the median 2.763 of 14 finished trials at step 3','');
INSERT INTO hone_reports VALUES(21,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(21,1,0,'kept: best so far 1.19 is below the median 3.033 of 15 finished trials at step 1','');
INSERT INTO hone_reports VALUES(21,2,0,'kept: best so far 1.11 is below the median 2.831 of 15 finished trials at step 2','');
INSERT INTO hone_reports VALUES(21,3,0,'kept: best so far 1.071 is below the median 2.73 of 15 finished trials at step 3','');
INSERT INTO hone_reports VALUES(22,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(22,1,0,'kept: best so far 0.9372 is below the median 3.032 of 16 finished trials at step 1','');
INSERT INTO hone_reports VALUES(22,2,0,'kept: best so far 0.8747 is below the median 2.83 of 16 finished trials at step 2','');
INSERT INTO hone_reports VALUES(22,3,0,'kept: best so far 0.8435 is below the median 2.729 of 16 finished trials at step 3','');
INSERT INTO hone_reports VALUES(23,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(23,1,0,'kept: best so far 1.27 is below the median 3.032 of 17 finished trials at step 1','');
INSERT INTO hone_reports VALUES(23,2,0,'kept: best so far 1.185 is below the median 2.83 of 17 finished trials at step 2','');
INSERT INTO hone_reports VALUES(23,3,0,'kept: best so far 1.143 is below the median 2.729 of 17 finished trials at step 3','');
INSERT INTO hone_reports VALUES(24,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(24,1,0,'kept: best so far 1.705 is below the median 2.852 of 18 finished trials at step 1','');
INSERT INTO hone_reports VALUES(24,2,0,'kept: best so far 1.592 is below the median 2.662 of 18 finished trials at step 2','');
INSERT INTO hone_reports VALUES(24,3,0,'kept: best so far 1.535 is below the median 2.567 of 18 finished trials at step 3','');
INSERT INTO hone_reports VALUES(25,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(25,1,0,'kept: best so far 1.672 is below the median 2.672 of 19 finished trials at step 1','');
INSERT INTO hone_reports VALUES(25,2,0,'kept: best so far 1.56 is below the median 2.494 of 19 finished trials at step 2','');
INSERT INTO hone_reports VALUES(25,3,0,'kept: best so far 1.504 is below the median 2.405 of 19 finished trials at step 3','');
INSERT INTO hone_reports VALUES(26,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(26,1,0,'kept: best so far 0.8906 is below the median 2.516 of 20 finished trials at step 1','');
INSERT INTO hone_reports VALUES(26,2,0,'kept: best so far 0.8312 is below the median 2.348 of 20 finished trials at step 2','');
INSERT INTO hone_reports VALUES(26,3,0,'kept: best so far 0.8016 is below the median 2.264 of 20 finished trials at step 3','');
INSERT INTO hone_reports VALUES(27,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(27,1,0,'kept: best so far 0.8692 is below the median 2.36 of 21 finished trials at step 1','');
INSERT INTO hone_reports VALUES(27,2,0,'kept: best so far 0.8113 is below the median 2.202 of 21 finished trials at step 2','');
INSERT INTO hone_reports VALUES(27,3,0,'kept: best so far 0.7823 is below the median 2.124 of 21 finished trials at step 3','');
INSERT INTO hone_reports VALUES(28,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(28,1,0,'kept: best so far 1.63 is below the median 2.226 of 22 finished trials at step 1','');
INSERT INTO hone_reports VALUES(28,2,0,'kept: best so far 1.521 is below the median 2.077 of 22 finished trials at step 2','');
INSERT INTO hone_reports VALUES(28,3,0,'kept: best so far 1.467 is below the median 2.003 of 22 finished trials at step 3','');
INSERT INTO hone_reports VALUES(29,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(29,1,0,'kept: best so far 1.005 is below the median 2.092 of 23 finished trials at step 1','');
INSERT INTO hone_reports VALUES(29,2,0,'kept: best so far 0.9377 is below the median 1.952 of 23 finished trials at step 2','');
INSERT INTO hone_reports VALUES(29,3,0,'kept: best so far 0.9042 is below the median 1.883 of 23 finished trials at step 3','');
INSERT INTO hone_reports VALUES(30,0,0,'kept: step 0 is in the warm-up of 1 steps','');
INSERT INTO hone_reports VALUES(30,1,0,'kept: best so far 0.9417 is below the median 1.899 of 24 finished trials at step 1','');
INSERT INTO hone_reports VALUES(30,2,0,'kept: best so far 0.8789 is below the median 1.772 of 24 finished trials at step 2','');
INSERT INTO hone_reports VALUES(30,3,0,'kept: best so far 0.8475 is below the median 1.709 of 24 finished trials at step 3','');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
